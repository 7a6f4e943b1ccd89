import { it } from 'vitest';
import * as ort from 'onnxruntime-node';
import { readdirSync, readFileSync } from 'node:fs';
import { Network } from '../src/index.js';
it('x', async () => {
  for (const f of readdirSync('/tmp/gen').filter(f=>f.endsWith('.onnx')).map(f=>'/tmp/gen/'+f).concat(readdirSync('/tmp').filter(f=>f.startsWith('net-')).map(f=>'/tmp/'+f), '/tmp/clf.onnx')) {
    try {
      const net = await Network.fromONNX(f);
      const s = await ort.InferenceSession.create(readFileSync(f), {logSeverityLevel:3});
      const x = Float32Array.from({length: 40}, (_, i) => Math.sin(i*i)*3);
      const name = s.inputNames[0]; const t = (s.inputMetadata[0] as any).type;
      const want = s.outputNames.filter((o,i)=> (s.outputMetadata[i] as any).isTensor && (s.outputMetadata[i] as any).type.startsWith('float'));
      if (!want.length) { console.log(f, 'ok, no float output', net.outputSize); continue; }
      const out = await s.run({[name]: t==='float64'? new ort.Tensor('float64', Float64Array.from(x), [10,4]) : new ort.Tensor('float32', x, [10,4])}, want);
      const theirs = out[want[0]].data as any; const ours = net.predict(x);
      let worst=0; ours.forEach((v,i)=> { const k = theirs.length===ours.length ? i : 2*i+1; worst=Math.max(worst, Math.abs(v-theirs[k])) });
      console.log(f, net.summary().layers.map((l:any)=>l.activation).join(), worst);
    } catch (e: any) { console.log(f, e.code, e.message); }
  }
});
