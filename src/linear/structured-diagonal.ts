import { applyAdjoint, applyForward, normalDiagonal } from "../problem/operators/apply.ts";
import type { LinearOperator } from "../problem/operators/linear-operator.ts";
import type { StructuredPiece } from "./structured-piece.ts";

/**
 * AᵀWA is diagonal for every W: p = (a + AᵀR_y⁻¹b) / (D + diag(AᵀR_y⁻¹A)), entry by entry, q = R_y⁻¹(Ap − b).
 */
export class DiagonalPiece implements StructuredPiece {
  readonly exact = true;
  readonly description = "closed form (diagonal normal equations)";
  private readonly A: LinearOperator;
  private readonly inverse: Float64Array;
  private readonly inverseRy: Float64Array;

  constructor(A: LinearOperator) {
    this.A = A;
    this.inverse = new Float64Array(A.cols);
    this.inverseRy = new Float64Array(A.rows);
  }

  update(D: Float64Array, ry: Float64Array): void {
    for (let i = 0; i < ry.length; i++) this.inverseRy[i] = 1 / ry[i];
    normalDiagonal(this.A, this.inverseRy, this.inverse);
    for (let j = 0; j < D.length; j++) this.inverse[j] = 1 / (D[j] + this.inverse[j]);
  }

  solve(a: Float64Array, b: Float64Array): void {
    const { A, inverse, inverseRy } = this;
    for (let i = 0; i < b.length; i++) b[i] *= inverseRy[i];
    applyAdjoint(A, b, a);
    for (let j = 0; j < a.length; j++) a[j] *= inverse[j];
    // b holds R_y⁻¹b: q = R_y⁻¹Ap − R_y⁻¹b.
    const image = new Float64Array(b.length);
    applyForward(A, a, image);
    for (let i = 0; i < b.length; i++) b[i] = image[i] * inverseRy[i] - b[i];
  }
}
