import { describe, expect, it } from 'vitest';
import { type AuthorizationAttributes, compileCel, createAuthorizer, toJson } from '../index.ts';

function evaluate(text: string): unknown {
  const { program, diagnostics } = compileCel(text, { variables: [] });
  if (program === undefined) return diagnostics.map((each) => each.message).join('; ');
  const { value, fault } = program.evaluate({});
  return fault === undefined ? toJson(value) : fault.message;
}

describe('the libraries of Kubernetes', () => {
  it.each<[string, unknown]>([
    ["quantity('1.5Gi').isGreaterThan(quantity('1500Mi'))", true],
    ["quantity('50k').add(quantity('20k')) == quantity('70k')", true],
    ["quantity('50k').sub(20000).compareTo(quantity('30k'))", 0],
    ["quantity('200M').asInteger()", 200_000_000],
    ["quantity('50.5').isInteger()", false],
    ["quantity('50.5').asInteger()", 'cannot convert value to integer'],
    ["quantity('500m').asApproximateFloat()", 0.5],
    ["quantity('-1').sign()", -1],
    ["isQuantity('1.3Gigs')", false],
    ["quantity('lots')", 'no quantity: "lots"'],
    ["semver('1.2.3').isLessThan(semver('1.10.0'))", true],
    ["semver('1.0.0-rc.1').compareTo(semver('1.0.0'))", -1],
    ["semver('1.0.0-rc.2').isLessThan(semver('1.0.0-rc.10'))", true],
    ["semver('v01.2', true) == semver('1.2.0')", true],
    ["isSemver('v1.0')", false],
    ["isSemver('v1.0', true)", true],
    ["semver('3.4.5').major() + semver('3.4.5').minor() + semver('3.4.5').patch()", 12],
    ["url('https://user@Example.com:8080/a b?k=1&k=2&x=a+b').getHost()", 'Example.com:8080'],
    ["url('https://[::1]:80/').getHostname() + '|' + url('https://[::1]:80/').getPort()", '::1|80'],
    ["url('https://e.com/a b').getEscapedPath()", '/a%20b'],
    ["url('https://e.com/?k=1&k=2&x=a+b').getQuery()", { k: ['1', '2'], x: ['a b'] }],
    ["url('/path').getScheme()", ''],
    ["isURL('not a url')", false],
    ["isURL('https://exa mple/')", false],
    ["format.dns1123Label().validate('web-1').hasValue()", false],
    ["format.dns1123Label().validate('Web').value()[0].startsWith('must be')", true],
    ["format.named('dns1123Subdomain').value().validate('a.b').hasValue()", false],
    ["format.named('nothing').hasValue()", false],
    ["'123 456'.find('[0-9]+') + ''.find('x')", '123'],
    ["'a1b2c3'.findAll('[0-9]', 2)", ['1', '2']],
    ["cidr('10.0.0.0/8').prefixLength()", 8],
    ["isCIDR('10.0.0.0/33')", false],
    ["string(ip('2001:DB8:0:0:1::1'))", '2001:db8::1:0:0:1'],
    ['[3, 1, 2].max() - [3, 1, 2].min()', 2],
    ["['a', 'b', 'a'].lastIndexOf('a')", 2],
    ['[].max()', 'max called on empty list'],
    ["[duration('1s'), duration('2s')].sum()", '3s'],
    ["[1, 'a'].isSorted()", 'no such overload: int and string have no order'],
  ])('%s', (text, wanted) => {
    expect(evaluate(text)).toEqual(wanted);
  });
});

describe('the authorizer', () => {
  const asked: AuthorizationAttributes[] = [];
  const authorizer = createAuthorizer((attributes) => {
    asked.push(attributes);
    return { allowed: attributes.verb === 'get', reason: 'by test' };
  });
  const run = (text: string, costLimit = 1_000_000) =>
    compileCel(text, { variables: ['authorizer'] }).program?.evaluate({ authorizer }, { costLimit });

  it('asks with all that was said', () => {
    const text =
      "authorizer.group('apps').resource('deployments').namespace('shop').name('web').check('get').allowed()";
    expect(run(text)?.value).toBe(true);
    expect(asked.at(-1)).toEqual({
      group: 'apps',
      resource: 'deployments',
      namespace: 'shop',
      name: 'web',
      verb: 'get',
    });
  });

  it('asks for service accounts and paths', () => {
    expect(run("authorizer.serviceAccount('a', 'b').path('/healthz').check('post').reason()")?.value).toBe('by test');
    expect(asked.at(-1)).toEqual({ serviceAccount: { namespace: 'a', name: 'b' }, path: '/healthz', verb: 'post' });
  });

  it('costs so much that an expression asks twice at most', () => {
    const check = "authorizer.path('/a').check('get').allowed()";
    expect(run(`${check} && ${check}`)?.value).toBe(true);
    expect(run(`${check} && ${check} && ${check}`)?.fault?.code).toBe('CEL_COST');
  });
});
