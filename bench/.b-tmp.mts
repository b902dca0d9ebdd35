import { compilePolicy } from '@sekisho/rego';
import {
  libraryWorkloads,
  manifestWorkloads,
  rbacWorkloads,
  setWorkloads,
} from '/work/main/bench/lib/rego/workloads.ts';

const want = process.argv[2] ?? '';
for (const w of [...rbacWorkloads(), ...setWorkloads(), ...manifestWorkloads(), ...libraryWorkloads('/work/main')]) {
  if (!(w.group + ' ' + w.name).includes(want)) continue;
  try {
    const { policy, faults } = compilePolicy({ modules: w.modules, data: w.data ?? {} });
    const q = policy?.prepareQuery(w.query);
    if (!q?.query) {
      console.log(w.group, w.name, 'FAULT', faults[0]?.message, q?.faults[0]?.message);
      continue;
    }
    const query = q.query,
      o = { input: w.input };
    const r = query.evaluate(o);
    const t0 = performance.now();
    let n = 0;
    while (performance.now() - t0 < Number(process.argv[3] ?? 300)) {
      query.evaluate(o);
      n++;
    }
    const t1 = performance.now();
    n = 0;
    while (performance.now() - t1 < Number(process.argv[3] ?? 300)) {
      query.evaluate(o);
      n++;
    }
    console.log(w.group, w.name, (((performance.now() - t1) * 1000) / n).toFixed(2), 'us', r.length);
  } catch (e) {
    console.log(w.group, w.name, String(e).slice(0, 200));
  }
}
