import type { Polynomial } from "../polynomial.ts";
import { CompiledPolynomial } from "./compiled.ts";
import type { ResidualFunction } from "./levenberg-marquardt.ts";

/** Polynomials as a residual function. */
export function residualSystem(residuals: readonly Polynomial[], n: number): ResidualFunction {
  const compiled = residuals.map((r) => new CompiledPolynomial(r));
  const row = new Float64Array(n);
  return {
    rows: compiled.length,
    residuals(x, out) {
      compiled.forEach((p, i) => (out[i] = p.value(x)));
    },
    jacobian(x, out) {
      compiled.forEach((p, i) => {
        row.fill(0);
        p.addGradient(x, row);
        for (let j = 0; j < n; j++) out[j * compiled.length + i] = row[j];
      });
    },
  };
}
