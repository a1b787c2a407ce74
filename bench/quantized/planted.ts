import type { Samples } from "../../src/quantized/model/sample-forms.ts";
import { fillStandardNormal, seededUniform } from "../../src/quantized/random.ts";

/** Normal samples and the outputs of ten bilinear ±1 neurons on them; `rows` are the samples row-major. */
export function planted(n: number, d: number): { samples: Samples; y: Float64Array; rows: Float64Array } {
  const uniform = seededUniform(1);
  const rows = fillStandardNormal(new Float64Array(n * d), uniform);
  const values = new Float64Array(n * d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) values[j * n + i] = rows[i * d + j];
  const y = new Float64Array(n);
  for (let neuron = 0; neuron < 10; neuron++) {
    const u = Array.from({ length: d }, () => (uniform() < 0.5 ? -1 : 1));
    const v = Array.from({ length: d }, () => (uniform() < 0.5 ? -1 : 1));
    const alpha = uniform();
    for (let i = 0; i < n; i++) {
      let s = 0;
      let t = 0;
      for (let j = 0; j < d; j++) {
        s += rows[i * d + j] * u[j];
        t += rows[i * d + j] * v[j];
      }
      y[i] += alpha * s * t;
    }
  }
  return { samples: { count: n, features: d, values }, y, rows };
}
