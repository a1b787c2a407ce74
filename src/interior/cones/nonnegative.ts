import type { ConeBlock } from "./cone-block.ts";

/** R₊^dim with Nesterov–Todd scaling H = diag(s/z). */
export class NonnegativeBlock implements ConeBlock {
  readonly degree: number;
  /** s/z of the last scaling, length dim. */
  readonly ratio: Float64Array;

  constructor(
    readonly offset: number,
    readonly dim: number,
  ) {
    this.degree = dim;
    this.ratio = new Float64Array(dim).fill(1);
  }

  setUnit(s: Float64Array, z: Float64Array): void {
    s.fill(1, this.offset, this.offset + this.dim);
    z.fill(1, this.offset, this.offset + this.dim);
  }
  accept(s: Float64Array, z: Float64Array): boolean {
    for (let i = this.offset; i < this.offset + this.dim; i++) if (!(s[i] > 0 && z[i] > 0)) return false;
    return true;
  }
  updateScaling(s: Float64Array, z: Float64Array): boolean {
    for (let k = 0; k < this.dim; k++) this.ratio[k] = s[this.offset + k] / z[this.offset + k];
    return true;
  }
  applyH(v: Float64Array, out: Float64Array): void {
    for (let k = 0; k < this.dim; k++) out[this.offset + k] = this.ratio[k] * v[this.offset + k];
  }
  applyHInverse(v: Float64Array, out: Float64Array): void {
    for (let k = 0; k < this.dim; k++) out[this.offset + k] = v[this.offset + k] / this.ratio[k];
  }
  inverseDiagonal(out: Float64Array): void {
    for (let k = 0; k < this.dim; k++) out[this.offset + k] = 1 / this.ratio[k];
  }
  affineShift(s: Float64Array, shift: Float64Array): void {
    for (let i = this.offset; i < this.offset + this.dim; i++) shift[i] = s[i];
  }
  combinedShift(
    s: Float64Array,
    z: Float64Array,
    ds: Float64Array,
    dz: Float64Array,
    sigmaMu: number,
    weight: number,
    shift: Float64Array,
  ): void {
    for (let i = this.offset; i < this.offset + this.dim; i++) {
      shift[i] = s[i] + (weight * ds[i] * dz[i] - sigmaMu) / z[i];
    }
  }
  dualShift(_z: Float64Array, shift: Float64Array, out: Float64Array): void {
    this.applyHInverse(shift, out);
  }
  maxStep(s: Float64Array, z: Float64Array, ds: Float64Array, dz: Float64Array, limit: number): number {
    let alpha = limit;
    for (let i = this.offset; i < this.offset + this.dim; i++) {
      if (s[i] + alpha * ds[i] < 0) alpha = -s[i] / ds[i];
      if (z[i] + alpha * dz[i] < 0) alpha = -z[i] / dz[i];
    }
    return alpha;
  }
}
