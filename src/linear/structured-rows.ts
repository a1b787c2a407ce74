import type { DenseKernels } from "./dense-kernels.ts";
import { applyAdjoint, applyForward, forEachEntry, normalDiagonal } from "../problem/operators/apply.ts";
import type { LinearOperator, QuadraticFormOperator } from "../problem/operators/linear-operator.ts";
import type { PlacedOperator } from "../problem/operators/operator-methods.ts";
import { quadraticForm, quadraticFormGram } from "../problem/operators/quadratic-form.ts";
import { scaledOperator } from "../problem/operators/scaled.ts";
import { DenseFactor } from "./dense-factor.ts";
import type { StructuredPiece } from "./structured-piece.ts";

/** Numbers in one dense copy of some rows, by default: 64 MB. */
export const MAX_DENSE_COPY = 2 ** 23;

function rowsOf(v: Float64Array, part: PlacedOperator): Float64Array {
  return v.subarray(part.rowOffset, part.rowOffset + part.operator.rows);
}

/** D + Σ AᵀR_y⁻¹A over the diagonal parts. */
function addDiagonalParts(
  parts: readonly PlacedOperator[],
  D: Float64Array,
  inverseRy: Float64Array,
  out: Float64Array,
): void {
  out.set(D);
  const own = new Float64Array(D.length);
  for (const part of parts) {
    normalDiagonal(part.operator, rowsOf(inverseRy, part), own);
    for (let j = 0; j < out.length; j++) out[j] += own[j];
  }
}

/**
 * A has diagonal parts B and few other rows U. With M = D + BᵀR_y⁻¹B diagonal, the rows of U are solved
 * first: (R_U + U M⁻¹ Uᵀ) q_U = U M⁻¹ r − b_U for r = a + BᵀR_y⁻¹b_B, then p = M⁻¹(r − Uᵀq_U) (Woodbury). For
 * quadratic forms and M = μI the matrix is R_U + (XXᵀ)∘(XXᵀ)/μ.
 */
export class WoodburyPiece implements StructuredPiece {
  readonly exact = false;
  readonly description: string;
  private readonly diagonal: readonly PlacedOperator[];
  private readonly rows: readonly PlacedOperator[];
  /** Where each part of `rows` begins among the rows of U; their number at the end. */
  private readonly starts: readonly number[];
  private readonly factor: DenseFactor;
  private readonly inverseM: Float64Array;
  private readonly inverseRy: Float64Array;
  private readonly kernels: DenseKernels;
  private readonly maxDenseCopy: number;
  private gram: Float64Array | undefined;

  constructor(
    A: LinearOperator,
    diagonal: readonly PlacedOperator[],
    rows: readonly PlacedOperator[],
    kernels: DenseKernels,
    maxDenseCopy: number,
  ) {
    this.diagonal = diagonal;
    this.rows = rows;
    this.maxDenseCopy = maxDenseCopy;
    const starts = [0];
    for (const part of rows) starts.push(starts[starts.length - 1] + part.operator.rows);
    this.starts = starts;
    this.kernels = kernels;
    this.factor = new DenseFactor(starts[rows.length], kernels);
    this.inverseM = new Float64Array(A.cols);
    this.inverseRy = new Float64Array(A.rows);
    this.description = `dense system of order ${this.factor.order} (Woodbury, diagonal plus rows)`;
  }

  update(D: Float64Array, ry: Float64Array): void {
    const { inverseM, inverseRy, factor, rows, starts } = this;
    for (let i = 0; i < ry.length; i++) inverseRy[i] = 1 / ry[i];
    addDiagonalParts(this.diagonal, D, inverseRy, inverseM);
    let least = Infinity;
    let most = 0;
    for (let j = 0; j < inverseM.length; j++) {
      inverseM[j] = 1 / inverseM[j];
      least = Math.min(least, inverseM[j]);
      most = Math.max(most, inverseM[j]);
    }
    const form = rows.length === 1 ? unwrapForm(rows[0].operator) : undefined;
    if (form !== undefined && most - least <= 1e-15 * most) {
      this.gram ??= quadraticFormGram(form.operator);
      const scale = form.factor * form.factor * most;
      for (let k = 0; k < this.gram.length; k++) factor.matrix[k] = scale * this.gram[k];
    } else this.assemble();
    rows.forEach((part, r) => {
      const own = rowsOf(ry, part);
      for (let i = 0; i < own.length; i++) factor.matrix[(starts[r] + i) * (factor.order + 1)] += own[i];
    });
    factor.factorize();
  }

  /** U M⁻¹ Uᵀ into the matrix to factor. */
  private assemble(): void {
    const { factor, inverseM, rows, starts, kernels } = this;
    const k = factor.order;
    const cols = inverseM.length;
    if (k * cols <= this.maxDenseCopy) {
      const scaled = new Float64Array(k * cols);
      const root = inverseM.map(Math.sqrt);
      rows.forEach(({ operator }, r) => {
        forEachEntry(operator, (i, j, value) => {
          scaled[j * k + starts[r] + i] += value * root[j];
        });
      });
      kernels.syrk(false, k, cols, 1, scaled, 0, factor.matrix);
      return;
    }
    // Column by column: U M⁻¹ Uᵀ e_t.
    const column = new Float64Array(cols);
    factor.matrix.fill(0);
    rows.forEach(({ operator }, r) => {
      const unit = new Float64Array(operator.rows);
      for (let t = 0; t < operator.rows; t++) {
        unit[t] = 1;
        column.fill(0);
        applyAdjoint(operator, unit, column);
        unit[t] = 0;
        for (let j = 0; j < cols; j++) column[j] *= inverseM[j];
        this.applyRows(column, factor.matrix.subarray((starts[r] + t) * k, (starts[r] + t + 1) * k), 1);
      }
    });
  }

  /** out ← out + sign · U x. */
  private applyRows(x: Float64Array, out: Float64Array, sign: number): void {
    this.rows.forEach(({ operator }, r) => {
      applyForward(operator, x, out.subarray(this.starts[r], this.starts[r + 1]), sign);
    });
  }

  solve(a: Float64Array, b: Float64Array): void {
    const { inverseM, inverseRy, diagonal, rows, starts, factor } = this;
    for (const part of diagonal) {
      const own = rowsOf(b, part);
      const w = rowsOf(inverseRy, part);
      for (let i = 0; i < own.length; i++) own[i] *= w[i];
      applyAdjoint(part.operator, own, a);
    }
    const q = new Float64Array(factor.order);
    rows.forEach((part, r) => q.set(rowsOf(b, part), starts[r]));
    for (let i = 0; i < q.length; i++) q[i] = -q[i];
    this.applyRows(
      a.map((value, j) => value * inverseM[j]),
      q,
      1,
    );
    factor.solve(q);
    rows.forEach((part, r) => {
      const own = q.subarray(starts[r], starts[r + 1]);
      applyAdjoint(part.operator, own, a, -1);
      rowsOf(b, part).set(own);
    });
    for (let j = 0; j < a.length; j++) a[j] *= inverseM[j];
    for (const part of diagonal) {
      const own = rowsOf(b, part);
      const w = rowsOf(inverseRy, part);
      const image = new Float64Array(own.length);
      applyForward(part.operator, a, image);
      for (let i = 0; i < own.length; i++) own[i] = image[i] * w[i] - own[i];
    }
  }
}

/**
 * As {@link WoodburyPiece} with more other rows than columns: the normal matrix D + AᵀR_y⁻¹A is formed from
 * dense copies of some rows at a time, and factored.
 */
export class NormalPiece implements StructuredPiece {
  readonly exact = false;
  readonly description: string;
  private readonly A: LinearOperator;
  private readonly diagonal: readonly PlacedOperator[];
  private readonly chunks: readonly PlacedOperator[];
  private readonly factor: DenseFactor;
  private readonly inverseRy: Float64Array;
  private readonly kernels: DenseKernels;

  constructor(
    A: LinearOperator,
    diagonal: readonly PlacedOperator[],
    rows: readonly PlacedOperator[],
    kernels: DenseKernels,
    maxDenseCopy: number,
  ) {
    this.A = A;
    this.diagonal = diagonal;
    const atOnce = Math.max(1, Math.floor(maxDenseCopy / Math.max(1, A.cols)));
    this.chunks = rows.flatMap((part) => splitRows(part, atOnce));
    this.kernels = kernels;
    this.factor = new DenseFactor(A.cols, kernels);
    this.inverseRy = new Float64Array(A.rows);
    this.description = `dense normal equations of order ${A.cols}`;
  }

  update(D: Float64Array, ry: Float64Array): void {
    const { inverseRy, factor, kernels, chunks } = this;
    const n = factor.order;
    for (let i = 0; i < ry.length; i++) inverseRy[i] = 1 / ry[i];
    factor.matrix.fill(0);
    for (const part of chunks) {
      const count = part.operator.rows;
      const root = rowsOf(inverseRy, part).map(Math.sqrt);
      const dense = new Float64Array(count * n);
      forEachEntry(part.operator, (i, j, value) => {
        dense[j * count + i] += value * root[i];
      });
      kernels.syrk(true, n, count, 1, dense, 1, factor.matrix);
    }
    const M = new Float64Array(n);
    addDiagonalParts(this.diagonal, D, inverseRy, M);
    for (let j = 0; j < n; j++) factor.matrix[j * (n + 1)] += M[j];
    factor.factorize();
  }

  solve(a: Float64Array, b: Float64Array): void {
    const { A, inverseRy, factor } = this;
    for (let i = 0; i < b.length; i++) b[i] *= inverseRy[i];
    applyAdjoint(A, b, a);
    factor.solve(a);
    const image = new Float64Array(b.length);
    applyForward(A, a, image);
    for (let i = 0; i < b.length; i++) b[i] = image[i] * inverseRy[i] - b[i];
  }
}

/** factor · quadratic form, whatever the wrapping, or undefined. */
function unwrapForm(op: LinearOperator): { factor: number; operator: QuadraticFormOperator } | undefined {
  if (op.kind === "quadraticForm") return { factor: 1, operator: op };
  if (op.kind !== "scaled") return undefined;
  const inner = unwrapForm(op.operator);
  return inner && { factor: op.factor * inner.factor, operator: inner.operator };
}

/** The part cut into runs of at most `atOnce` rows where its kind allows it. */
function splitRows(part: PlacedOperator, atOnce: number): PlacedOperator[] {
  const form = unwrapForm(part.operator);
  if (form === undefined || part.operator.rows <= atOnce) return [part];
  const { order, samples, rows } = form.operator;
  const chunks: PlacedOperator[] = [];
  for (let begin = 0; begin < rows; begin += atOnce) {
    const run = quadraticForm(samples.subarray(begin * order, Math.min(rows, begin + atOnce) * order), order);
    chunks.push({ ...part, operator: scaledOperator(form.factor, run), rowOffset: part.rowOffset + begin });
  }
  return chunks;
}
