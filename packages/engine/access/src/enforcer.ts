import { createLru, formatOrigin } from '@sekisho/base';
import { builtinRules } from './builtin.ts';
import type { Matcher } from './glob.ts';
import { compilePattern } from './pattern.ts';
import type { ProjectRules } from './project-roles.ts';
import { formatRule, type PermissionRule, type PolicyRule } from './rule.ts';
import { projectOf } from './vocabulary.ts';

/** Who asks. Shared and read-only: what is found out about one is remembered with it. */
export interface Subject {
  readonly user: string;
  readonly groups: readonly string[];
}

export interface EnforcerOptions {
  readonly rules: readonly PolicyRule[];
  /** A role that everybody has who is signed in (`policy.default`); none by default. */
  readonly defaultRole?: string;
  readonly projectRoles?: readonly ProjectRules[];
}

export interface Enforcer {
  /**
   * Whether some rule allows it and none denies it. A denial that fits any of the user's names, groups and roles (the
   * default role included) wins over every permission.
   */
  allows(subject: Subject, resource: string, action: string, object: string): boolean;
  /** Whether anything at all of this kind is allowed: for menus, never for a decision. */
  mightAllow(subject: Subject, resource: string, action: string): boolean;
  /** Whether a role alone would allow it, whoever has it: for tokens that are limited to a role. */
  roleAllows(role: string, resource: string, action: string, object: string): boolean;
  /** The names, groups and roles that rules are looked up for, inside a project when one is given. */
  rolesOf(subject: Subject, project?: string): readonly string[];
  /** The same decision in words: the rule, where it stands, and through which grant it fits. */
  explain(subject: Subject, resource: string, action: string, object: string): string;
}

interface CompiledRule {
  readonly rule: PermissionRule;
  readonly resource: Matcher;
  readonly action: Matcher;
  readonly object: Matcher;
}

/** Rules of one policy, findable by whom they are for. */
interface RuleBook {
  readonly permissions: ReadonlyMap<string, readonly CompiledRule[]>;
  readonly grants: ReadonlyMap<string, readonly string[]>;
}

/** Rules that may fit one action on one kind. */
interface Candidates {
  readonly deny: readonly CompiledRule[];
  readonly allow: readonly CompiledRule[];
}

/** All that applies to one subject in one project. */
interface View {
  readonly roles: readonly string[];
  readonly candidates: Map<string, Candidates>;
}

/** Names of roles: nobody is called like this, whatever a provider says. */
const RESERVED = /^role:/;
const RESERVED_FOR_GROUPS = /^(?:role|proj):/;

const MAX_VIEWS = 10_000;
/** Kinds × actions of one view; fine-grained actions name objects. */
const MAX_CANDIDATES = 500;

/** Compiles a policy once; questions then cost a few comparisons. The built-in roles are always part of it. */
export function createEnforcer(options: EnforcerOptions): Enforcer {
  const global = createRuleBook([...builtinRules, ...options.rules]);
  const projects = new Map((options.projectRoles ?? []).map(({ project, rules }) => [project, createRuleBook(rules)]));
  const views = createLru<string, View>({ maxWeight: MAX_VIEWS });
  const viewsOf = new WeakMap<Subject, Map<string, View>>();

  function booksFor(project: string | undefined): readonly RuleBook[] {
    const book = project === undefined ? undefined : projects.get(project);
    return book === undefined ? [global] : [global, book];
  }

  function viewOf(subject: Subject, project: string | undefined): View {
    // All projects without roles of their own share one view.
    const place = project !== undefined && projects.has(project) ? project : '';
    const known = viewsOf.get(subject) ?? new Map<string, View>();
    if (known.size === 0) viewsOf.set(subject, known);
    let view = known.get(place);
    if (view === undefined) {
      const names = [...namesOf(subject), ...(options.defaultRole === undefined ? [] : [options.defaultRole])];
      view = viewFor(names, place);
      known.set(place, view);
    }
    return view;
  }

  function viewFor(names: readonly string[], place: string): View {
    const key = JSON.stringify([place, names]);
    let view = views.get(key);
    if (view === undefined) {
      view = { roles: withRoles(names, booksFor(place === '' ? undefined : place)), candidates: new Map() };
      views.set(key, view);
    }
    return view;
  }

  function candidatesOf(view: View, project: string | undefined, resource: string, action: string): Candidates {
    const key = `${resource} ${action}`;
    const known = view.candidates.get(key);
    if (known !== undefined) return known;
    const fitting = booksFor(project)
      .flatMap((book) => view.roles.flatMap((role) => book.permissions.get(role) ?? []))
      .filter((rule) => rule.resource(resource) && rule.action(action));
    const found: Candidates = {
      deny: fitting.filter(({ rule }) => rule.effect === 'deny'),
      allow: fitting.filter(({ rule }) => rule.effect === 'allow'),
    };
    if (view.candidates.size >= MAX_CANDIDATES) view.candidates.clear();
    view.candidates.set(key, found);
    return found;
  }

  function decide(view: View, resource: string, action: string, object: string) {
    const { deny, allow } = candidatesOf(view, projectOf(resource, object), resource, action);
    const denial = deny.find((rule) => rule.object(object));
    return { denial, permission: denial === undefined ? allow.find((rule) => rule.object(object)) : undefined };
  }

  const enforcer: Enforcer = {
    allows(subject, resource, action, object) {
      const view = viewOf(subject, projectOf(resource, object));
      return decide(view, resource, action, object).permission !== undefined;
    },
    mightAllow(subject, resource, action) {
      return ['', ...projects.keys()].some((place) => {
        const project = place === '' ? undefined : place;
        return candidatesOf(viewOf(subject, project), project, resource, action).allow.length > 0;
      });
    },
    roleAllows(role, resource, action, object) {
      const project = projectOf(resource, object);
      const view = viewFor([role], project !== undefined && projects.has(project) ? project : '');
      return decide(view, resource, action, object).permission !== undefined;
    },
    rolesOf: (subject, project) => viewOf(subject, project).roles,
    explain(subject, resource, action, object) {
      const project = projectOf(resource, object);
      const view = viewOf(subject, project);
      const { denial, permission } = decide(view, resource, action, object);
      const found = denial ?? permission;
      const what = `${action} ${resource} in ${object}`;
      if (found === undefined) {
        const roles = view.roles.join(', ') || 'no name at all';
        return `${subject.user} may not ${what}: no rule allows it to ${roles}.`;
      }
      const { rule } = found;
      const may = denial === undefined ? 'may' : 'may not';
      const where = rule.origin === undefined ? 'built in' : formatOrigin(rule.origin);
      const start = [...namesOf(subject), ...(options.defaultRole === undefined ? [] : [options.defaultRole])];
      const path = pathTo(rule.subject, start, booksFor(project));
      const through = path.length < 2 ? '' : `, through ${path.join(' → ')}`;
      return `${subject.user} ${may} ${what}: ${formatRule(rule)} (${where})${through}.`;
    },
  };
  return enforcer;
}

/** What rules may call a subject: nobody becomes a role by being called like one. */
function namesOf({ user, groups }: Subject): string[] {
  return [user, ...groups.filter((group) => !RESERVED_FOR_GROUPS.test(group))].filter(
    (name) => name !== '' && !RESERVED.test(name),
  );
}

function createRuleBook(rules: readonly PolicyRule[]): RuleBook {
  const permissions = new Map<string, CompiledRule[]>();
  const grants = new Map<string, string[]>();
  for (const rule of rules) {
    if (rule.type === 'g') append(grants, rule.member, rule.role);
    else append(permissions, rule.subject, compile(rule));
  }
  return { permissions, grants };
}

function append<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** A pattern that can't be read allows nothing and denies everything. */
function compile(rule: PermissionRule): CompiledRule {
  const pattern = (text: string): Matcher =>
    compilePattern(text, rule.matchMode ?? 'glob') ?? (() => rule.effect === 'deny');
  return { rule, resource: pattern(rule.resource), action: pattern(rule.action), object: pattern(rule.object) };
}

/** The names and every role that they have, directly or through roles; circles end. */
function withRoles(names: readonly string[], books: readonly RuleBook[]): string[] {
  const found = new Set(names);
  // A set is walked in order of insertion, including what is added on the way.
  for (const name of found) {
    for (const book of books) for (const role of book.grants.get(name) ?? []) found.add(role);
  }
  return [...found];
}

/** The shortest way of grants from one of the names to the role. */
function pathTo(role: string, names: readonly string[], books: readonly RuleBook[]): string[] {
  const cameFrom = new Map<string, string | undefined>(names.map((name) => [name, undefined]));
  for (const [name] of cameFrom) {
    for (const book of books) {
      for (const next of book.grants.get(name) ?? []) if (!cameFrom.has(next)) cameFrom.set(next, name);
    }
  }
  const path: string[] = [];
  for (let at: string | undefined = role; at !== undefined; at = cameFrom.get(at)) path.unshift(at);
  return path;
}
