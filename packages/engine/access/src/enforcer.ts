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
  readonly deny: ObjectRules;
  readonly allow: ObjectRules;
}

/** Rules by the first part of the objects that they are about, mostly a project's name. */
interface ObjectRules {
  readonly byHead: ReadonlyMap<string, readonly CompiledRule[]>;
  /** Those about objects with any first part. */
  readonly others: readonly CompiledRule[];
  readonly size: number;
}

/** Names, groups and roles, and the rules for them by kind and action. */
interface View {
  readonly roles: ReadonlySet<string>;
  readonly rules: readonly CompiledRule[];
  readonly candidates: Map<string, Candidates>;
}

/** Of one subject: what applies everywhere, and what each project with roles of its own adds. */
interface Views {
  readonly everywhere: View;
  readonly added: Map<string, View>;
}

/** Names of roles: nobody is called like this, whatever a provider says. */
const RESERVED = /^role:/;
const RESERVED_FOR_GROUPS = /^(?:role|proj):/;

const MAX_SUBJECTS = 1_000;
/** Kinds × actions of one view; fine-grained actions name objects. */
const MAX_CANDIDATES = 500;

/** Compiles a policy once; questions then cost a few comparisons. The built-in roles are always part of it. */
export function createEnforcer(options: EnforcerOptions): Enforcer {
  const global = createRuleBook([...builtinRules, ...options.rules]);
  const projects = new Map((options.projectRoles ?? []).map(({ project, rules }) => [project, createRuleBook(rules)]));
  const known = createLru<string, Views>({ maxWeight: MAX_SUBJECTS });
  const knownSubjects = new WeakMap<Subject, Views>();
  const defaults = options.defaultRole === undefined || options.defaultRole === '' ? [] : [options.defaultRole];

  function viewsOf(subject: Subject): Views {
    let views = knownSubjects.get(subject);
    if (views === undefined) {
      views = viewsFor([...namesOf(subject), ...defaults]);
      knownSubjects.set(subject, views);
    }
    return views;
  }

  function viewsFor(names: readonly string[]): Views {
    const key = JSON.stringify(names);
    let views = known.get(key);
    if (views === undefined) {
      const roles = withRoles(names, [global]);
      const rules = [...roles].flatMap((role) => global.permissions.get(role) ?? []);
      views = { everywhere: createView(roles, rules), added: new Map() };
      known.set(key, views);
    }
    return views;
  }

  function addedBy(project: string | undefined, { everywhere, added }: Views): View | undefined {
    const book = project === undefined ? undefined : projects.get(project);
    if (project === undefined || book === undefined) return undefined;
    let view = added.get(project);
    if (view === undefined) {
      view = additionOf(book, everywhere.roles);
      added.set(project, view);
    }
    return view;
  }

  /** Projects are many and have few rules: their members and roles are looked up in the subject's, not the other way round. */
  function additionOf(book: RuleBook, has: ReadonlySet<string>): View {
    const entries = [...book.grants].filter(([member]) => has.has(member)).flatMap(([, roles]) => roles);
    const gained = [...withRoles(entries, [global, book])].filter((role) => !has.has(role));
    const roles = new Set(gained);
    const rules = [...book.permissions].filter(([subject]) => has.has(subject) || roles.has(subject));
    return createView(roles, [
      ...rules.flatMap(([, permissions]) => permissions),
      ...gained.flatMap((role) => global.permissions.get(role) ?? []),
    ]);
  }

  function decide(views: Views, resource: string, action: string, object: string) {
    const everywhere = candidatesOf(views.everywhere, resource, action);
    const addition = addedBy(projectOf(resource, object), views);
    const added = addition === undefined ? NOTHING : candidatesOf(addition, resource, action);
    const denial = ruleFor(object, everywhere.deny) ?? ruleFor(object, added.deny);
    if (denial !== undefined) return { denial };
    return { permission: ruleFor(object, everywhere.allow) ?? ruleFor(object, added.allow) };
  }

  function rolesOf(subject: Subject, project?: string): string[] {
    const views = viewsOf(subject);
    return [...views.everywhere.roles, ...(addedBy(project, views)?.roles ?? [])];
  }

  return {
    allows: (subject, resource, action, object) =>
      decide(viewsOf(subject), resource, action, object).permission !== undefined,
    roleAllows: (role, resource, action, object) =>
      decide(viewsFor([role]), resource, action, object).permission !== undefined,
    mightAllow(subject, resource, action) {
      const views = viewsOf(subject);
      const some = (view: View) => candidatesOf(view, resource, action).allow.size > 0;
      return (
        some(views.everywhere) ||
        [...projects.keys()].some((project) => {
          const added = addedBy(project, views);
          return added !== undefined && some(added);
        })
      );
    },
    rolesOf,
    explain(subject, resource, action, object) {
      const project = projectOf(resource, object);
      const { denial, permission } = decide(viewsOf(subject), resource, action, object);
      const found = denial ?? permission;
      const what = `${action} ${resource}${object === '*' ? '' : ` in ${object}`}`;
      if (found === undefined) {
        const roles = rolesOf(subject, project).join(', ') || 'no name at all';
        return `${subject.user} may not ${what}: no rule allows it to ${roles}.`;
      }
      const { rule } = found;
      const may = denial === undefined ? 'may' : 'may not';
      const where = rule.origin === undefined ? 'built in' : formatOrigin(rule.origin);
      const book = project === undefined ? undefined : projects.get(project);
      const path = pathTo(
        rule.subject,
        [...namesOf(subject), ...defaults],
        book === undefined ? [global] : [global, book],
      );
      const through = path.length < 2 ? '' : `, through ${path.join(' → ')}`;
      return `${subject.user} ${may} ${what}: ${formatRule(rule)} (${where})${through}.`;
    },
  };
}

const NO_RULES: ObjectRules = { byHead: new Map(), others: [], size: 0 };
const NOTHING: Candidates = { deny: NO_RULES, allow: NO_RULES };

function createView(roles: ReadonlySet<string>, rules: readonly CompiledRule[]): View {
  return { roles, rules, candidates: new Map() };
}

function candidatesOf(view: View, resource: string, action: string): Candidates {
  if (view.rules.length === 0) return NOTHING;
  const key = `${resource} ${action}`;
  const known = view.candidates.get(key);
  if (known !== undefined) return known;
  const fitting = view.rules.filter((rule) => rule.resource(resource) && rule.action(action));
  const found: Candidates = {
    deny: byObject(fitting.filter(({ rule }) => rule.effect === 'deny')),
    allow: byObject(fitting.filter(({ rule }) => rule.effect === 'allow')),
  };
  if (view.candidates.size >= MAX_CANDIDATES) view.candidates.clear();
  view.candidates.set(key, found);
  return found;
}

function byObject(rules: readonly CompiledRule[]): ObjectRules {
  const byHead = new Map<string, CompiledRule[]>();
  const others: CompiledRule[] = [];
  for (const rule of rules) {
    const head = headOf(rule.rule);
    if (head === undefined) others.push(rule);
    else append(byHead, head, rule);
  }
  return { byHead, others, size: rules.length };
}

/** The first part of a glob, when it is the same in every object that fits. */
function headOf({ object, matchMode }: PermissionRule): string | undefined {
  return matchMode === 'regex' ? undefined : /^([^*?[\]{}\\/]*)(?:\/|$)/.exec(object)?.[1];
}

function ruleFor(object: string, { byHead, others }: ObjectRules): CompiledRule | undefined {
  const fits = (rule: CompiledRule) => rule.object(object);
  const slash = object.indexOf('/');
  const found = byHead.get(slash < 0 ? object : object.slice(0, slash))?.find(fits);
  return found ?? others.find(fits);
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
function withRoles(names: readonly string[], books: readonly RuleBook[]): Set<string> {
  const found = new Set(names);
  // A set is walked in order of insertion, including what is added on the way.
  for (const name of found) {
    for (const book of books) for (const role of book.grants.get(name) ?? []) found.add(role);
  }
  return found;
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
