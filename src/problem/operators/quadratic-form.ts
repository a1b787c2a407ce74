import { svecLength } from "../svec.ts";
import type { QuadraticFormOperator } from "./linear-operator.ts";
import type { OperatorMethods } from "./operator-methods.ts";
import { fold, MAX_DENSE_ORDER } from "./operator-methods.ts";

/** svec(Z) ↦ (x₁ᵀZx₁, …): `samples` is row-major, one x of length `order` per row. */
export function quadraticForm(samples: Float64Array, order: number): QuadraticFormOperator {
  const rows = order === 0 ? 0 : samples.length / order;
  return { kind: "quadraticForm", rows, cols: svecLength(order), order, samples };
}

/** (XXᵀ)∘(XXᵀ), the Gram matrix AAᵀ: rows×rows, column-major, both triangles. O(rows²·order). */
export function quadraticFormGram({ rows, order, samples }: QuadraticFormOperator): Float64Array {
  const gram = new Float64Array(rows * rows);
  for (let s = 0; s < rows; s++) {
    for (let t = s; t < rows; t++) {
      let dot = 0;
      for (let i = 0, a = s * order, b = t * order; i < order; i++) dot += samples[a + i] * samples[b + i];
      gram[s * rows + t] = gram[t * rows + s] = dot * dot;
    }
  }
  return gram;
}

/**
 * Four samples at a time against one pass over svec, so that each entry of Z is loaded once per four samples.
 * With v = svec(Z): xᵀZx = Σ_j x_j·(v_jj·x_j + √2·Σ_{i>j} v_ij·x_i).
 */
function forward(op: QuadraticFormOperator, z: Float64Array, y: Float64Array, factor: number): void {
  const { rows, order, samples: X } = op;
  let s = 0;
  for (; s + 4 <= rows; s += 4) {
    const o0 = s * order;
    const o1 = o0 + order;
    const o2 = o1 + order;
    const o3 = o2 + order;
    let q0 = 0;
    let q1 = 0;
    let q2 = 0;
    let q3 = 0;
    for (let j = 0, k = 0; j < order; j++) {
      const diagonal = z[k++];
      let a0 = 0;
      let a1 = 0;
      let a2 = 0;
      let a3 = 0;
      for (let i = j + 1; i < order; i++, k++) {
        const value = z[k];
        a0 += value * X[o0 + i];
        a1 += value * X[o1 + i];
        a2 += value * X[o2 + i];
        a3 += value * X[o3 + i];
      }
      q0 += X[o0 + j] * (diagonal * X[o0 + j] + Math.SQRT2 * a0);
      q1 += X[o1 + j] * (diagonal * X[o1 + j] + Math.SQRT2 * a1);
      q2 += X[o2 + j] * (diagonal * X[o2 + j] + Math.SQRT2 * a2);
      q3 += X[o3 + j] * (diagonal * X[o3 + j] + Math.SQRT2 * a3);
    }
    y[s] += factor * q0;
    y[s + 1] += factor * q1;
    y[s + 2] += factor * q2;
    y[s + 3] += factor * q3;
  }
  for (; s < rows; s++) {
    const o = s * order;
    let q = 0;
    for (let j = 0, k = 0; j < order; j++) {
      const diagonal = z[k++];
      let a = 0;
      for (let i = j + 1; i < order; i++, k++) a += z[k] * X[o + i];
      q += X[o + j] * (diagonal * X[o + j] + Math.SQRT2 * a);
    }
    y[s] += factor * q;
  }
}

/** svec(Xᵀdiag(y)X) added to z: rank-4 updates of the lower triangle, as in {@link forward}. */
function adjoint(op: QuadraticFormOperator, y: Float64Array, z: Float64Array, factor: number): void {
  const { rows, order, samples: X } = op;
  let s = 0;
  for (; s + 4 <= rows; s += 4) {
    const o0 = s * order;
    const o1 = o0 + order;
    const o2 = o1 + order;
    const o3 = o2 + order;
    for (let j = 0, k = 0; j < order; j++) {
      let c0 = factor * y[s] * X[o0 + j];
      let c1 = factor * y[s + 1] * X[o1 + j];
      let c2 = factor * y[s + 2] * X[o2 + j];
      let c3 = factor * y[s + 3] * X[o3 + j];
      z[k++] += c0 * X[o0 + j] + c1 * X[o1 + j] + c2 * X[o2 + j] + c3 * X[o3 + j];
      c0 *= Math.SQRT2;
      c1 *= Math.SQRT2;
      c2 *= Math.SQRT2;
      c3 *= Math.SQRT2;
      for (let i = j + 1; i < order; i++, k++) {
        z[k] += c0 * X[o0 + i] + c1 * X[o1 + i] + c2 * X[o2 + i] + c3 * X[o3 + i];
      }
    }
  }
  for (; s < rows; s++) {
    const o = s * order;
    for (let j = 0, k = 0; j < order; j++) {
      const c = factor * y[s] * X[o + j];
      z[k++] += c * X[o + j];
      for (let i = j + 1; i < order; i++, k++) z[k] += Math.SQRT2 * c * X[o + i];
    }
  }
}

function entries(
  { rows, order, samples: X }: QuadraticFormOperator,
  emit: (i: number, j: number, v: number) => void,
) {
  for (let s = 0; s < rows; s++) {
    const o = s * order;
    for (let j = 0, k = 0; j < order; j++) {
      emit(s, k++, X[o + j] * X[o + j]);
      for (let i = j + 1; i < order; i++) emit(s, k++, Math.SQRT2 * X[o + j] * X[o + i]);
    }
  }
}

export const quadraticFormMethods: OperatorMethods<QuadraticFormOperator> = {
  forward,
  adjoint,
  addNormalDiagonal(op, weights, out, factor) {
    entries(op, (s, k, value) => {
      out[k] += factor * weights[s] * value * value;
    });
  },
  foldRows(op, norm, out, factor) {
    entries(op, (s, _k, value) => fold(norm, out, s, factor * value));
  },
  foldColumns(op, norm, out, factor) {
    entries(op, (_s, k, value) => fold(norm, out, k, factor * value));
  },
  entries,
  entryCount: (op) => op.rows * op.cols,
  storedCount: (op) => op.samples.length,
  normalEquations(op) {
    if (Math.min(op.rows, op.cols) > MAX_DENSE_ORDER) return { kind: "none" };
    return {
      kind: "diagonalPlusRows",
      diagonal: [],
      rows: [{ operator: op, rowOffset: 0, colOffset: 0 }],
      rowCount: op.rows,
    };
  },
  describe: (op) => `quadratic forms of order ${op.order}`,
};
