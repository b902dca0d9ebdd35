import type { RegoFault } from '../fault.ts';
import type { Import, Module, Rule, Term } from '../syntax/ast.ts';
import { formatTerm } from '../syntax/format-term.ts';
import { byLocation } from './fault-order.ts';
import { operatorName } from './operator.ts';
import { isVersion1 } from './refused-builtins.ts';
import { exportedName, importName } from './resolve.ts';
import { type CompileState, fault } from './state.ts';
import { chainOf, walkRule, walkTerm } from './traverse.ts';

/** Strict mode asks of all modules what v1 asks of its own. */
function strictModules({ modules, options }: CompileState): readonly Module[] {
  return modules.map(({ module }) => module).filter((module) => options.strict === true || isVersion1(module));
}

/** Imports that nothing uses; with `strict` only. To be called once names are resolved. */
export function checkUnusedImports(state: CompileState): readonly RegoFault[] {
  if (state.options.strict !== true) return [];
  const faults: RegoFault[] = [];
  for (const { module, usedImports } of state.modules)
    for (const item of module.imports) {
      const name = importName(item);
      if (name === undefined || usedImports.has(name)) continue;
      faults.push(fault('rego_compile_error', `${importText(item)} unused`, item.location));
    }
  return byLocation(faults);
}

/** Imports that give a name once more. */
export function checkDuplicateImports(state: CompileState): readonly RegoFault[] {
  const faults: RegoFault[] = [];
  for (const module of strictModules(state)) {
    const first = new Map<string, Import>();
    for (const item of module.imports) {
      const name = importName(item) ?? formatTerm(item.path);
      const before = first.get(name);
      if (!before) first.set(name, item);
      else faults.push(fault('rego_compile_error', `import must not shadow ${importText(before)}`, item.location));
    }
  }
  return byLocation(faults);
}

function importText({ path, alias }: Import): string {
  return `import ${formatTerm(path)}${alias === undefined ? '' : ` as ${alias}`}`;
}

/** Rules, arguments and assigned variables named `input` or `data`. Of arguments it is told first, and alone. */
export function checkShadowedRoots(state: CompileState): readonly RegoFault[] {
  const modules = strictModules(state);
  const ofArguments = modules.flatMap((module) => module.rules.flatMap(shadowedArguments));
  if (ofArguments.length > 0) return byLocation(ofArguments);
  return byLocation(modules.flatMap((module) => module.rules.flatMap(shadowedNames)));
}

function shadowedArguments(rule: Rule): readonly RegoFault[] {
  const faults: RegoFault[] = [];
  for (const { head } of chainOf(rule))
    for (const arg of head.args ?? [])
      walkTerm(arg, (term) => {
        if (term.kind === 'var' && isRoot(term.name))
          faults.push(shadowFault('args', term.name, 'variable name', term.location));
        return term.kind !== 'ref' && term.kind !== 'call';
      });
  return faults;
}

function shadowedNames(rule: Rule): readonly RegoFault[] {
  const faults: RegoFault[] = [];
  const name = exportedName(rule);
  if (isRoot(name)) faults.push(shadowFault('rules', name, 'rule name', rule.location));
  for (const link of chainOf(rule))
    walkRule(link, (term) => {
      const [target] = term.kind === 'call' && operatorName(term.operator) === 'assign' ? term.args : [];
      if (target?.kind === 'var' && isRoot(target.name))
        faults.push(shadowFault('variables', target.name, 'variable name', target.location));
    });
  return faults;
}

function shadowFault(what: string, name: string, hint: string, location: Term['location']): RegoFault {
  return fault('rego_compile_error', `${what} must not shadow ${name} (use a different ${hint})`, location);
}

function isRoot(name: string | undefined): name is 'input' | 'data' {
  return name === 'input' || name === 'data';
}
