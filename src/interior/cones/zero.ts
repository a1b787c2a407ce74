import type { ConeBlock } from "./cone-block.ts";

/** {0}: s = 0 and z free. H = 0. */
export class ZeroBlock implements ConeBlock {
  readonly degree = 0;
  constructor(
    readonly offset: number,
    readonly dim: number,
  ) {}

  setUnit(s: Float64Array, z: Float64Array): void {
    s.fill(0, this.offset, this.offset + this.dim);
    z.fill(0, this.offset, this.offset + this.dim);
  }
  accept(): boolean {
    return true;
  }
  updateScaling(): boolean {
    return true;
  }
  applyH(_v: Float64Array, out: Float64Array): void {
    out.fill(0, this.offset, this.offset + this.dim);
  }
  applyHInverse(_v: Float64Array, out: Float64Array): void {
    out.fill(0, this.offset, this.offset + this.dim);
  }
  inverseDiagonal(out: Float64Array): void {
    out.fill(0, this.offset, this.offset + this.dim);
  }
  affineShift(_s: Float64Array, shift: Float64Array): void {
    shift.fill(0, this.offset, this.offset + this.dim);
  }
  combinedShift(
    _s: Float64Array,
    _z: Float64Array,
    _ds: Float64Array,
    _dz: Float64Array,
    _sigmaMu: number,
    _weight: number,
    shift: Float64Array,
  ): void {
    shift.fill(0, this.offset, this.offset + this.dim);
  }
  dualShift(_z: Float64Array, _shift: Float64Array, out: Float64Array): void {
    out.fill(0, this.offset, this.offset + this.dim);
  }
  maxStep(_s: Float64Array, _z: Float64Array, _ds: Float64Array, _dz: Float64Array, limit: number): number {
    return limit;
  }
}
