/**
 * Plain loops on one panel: `rows`×`width`, column-major at `offset` of `L`, unit lower triangular in its
 * first `width` rows with D on the diagonal. Columns are taken in fours: one pass over a target serves four
 * sources.
 */

/**
 * Factors the panel in place, left-looking: pivots of the wrong sign or of magnitude ≤ threshold become
 * signs[j]·delta. Returns the number of replaced pivots.
 */
export function factorPanel(
  L: Float64Array,
  offset: number,
  rows: number,
  width: number,
  signs: Int8Array,
  firstSign: number,
  threshold: number,
  delta: number,
): number {
  let replaced = 0;
  for (let j = 0; j < width; j++) {
    const target = offset + j * rows;
    let p = 0;
    for (; p + 3 < j; p += 4) {
      const a = offset + p * rows;
      const b = a + rows;
      const c = b + rows;
      const d = c + rows;
      const wa = L[a + j] * L[a + p];
      const wb = L[b + j] * L[b + p + 1];
      const wc = L[c + j] * L[c + p + 2];
      const wd = L[d + j] * L[d + p + 3];
      for (let i = j; i < rows; i++) {
        L[target + i] -= L[a + i] * wa + L[b + i] * wb + (L[c + i] * wc + L[d + i] * wd);
      }
    }
    for (; p < j; p++) {
      const a = offset + p * rows;
      const w = L[a + j] * L[a + p];
      for (let i = j; i < rows; i++) L[target + i] -= L[a + i] * w;
    }
    let pivot = L[target + j];
    const sign = signs[firstSign + j];
    if (!(pivot * sign > threshold)) {
      pivot = sign * delta;
      L[target + j] = pivot;
      replaced++;
    }
    const inverse = 1 / pivot;
    for (let i = j + 1; i < rows; i++) L[target + i] *= inverse;
  }
  return replaced;
}

/**
 * Column j of the Schur complement below the panel: out[i] ← out[i] − Σ_p L[width+i, p]·D_p·L[width+j, p] for
 * i = j … rows − width − 1, `out` beginning at `outOffset`.
 */
export function subtractOuterColumn(
  L: Float64Array,
  offset: number,
  rows: number,
  width: number,
  j: number,
  out: Float64Array,
  outOffset: number,
): void {
  const below = rows - width;
  let p = 0;
  for (; p + 3 < width; p += 4) {
    const a = offset + p * rows;
    const b = a + rows;
    const c = b + rows;
    const d = c + rows;
    const wa = L[a + width + j] * L[a + p];
    const wb = L[b + width + j] * L[b + p + 1];
    const wc = L[c + width + j] * L[c + p + 2];
    const wd = L[d + width + j] * L[d + p + 3];
    for (let i = j; i < below; i++) {
      const r = width + i;
      out[outOffset + i] -= L[a + r] * wa + L[b + r] * wb + (L[c + r] * wc + L[d + r] * wd);
    }
  }
  for (; p < width; p++) {
    const a = offset + p * rows;
    const w = L[a + width + j] * L[a + p];
    for (let i = j; i < below; i++) out[outOffset + i] -= L[a + width + i] * w;
  }
}

/** x ← x − (L − I) z column by column, z the solution of the unit triangular part: x[0 … width) becomes z. */
export function panelForward(
  L: Float64Array,
  offset: number,
  rows: number,
  width: number,
  x: Float64Array,
): void {
  let j = 0;
  for (; j + 3 < width; j += 4) {
    const a = offset + j * rows;
    const b = a + rows;
    const c = b + rows;
    const d = c + rows;
    const xa = x[j];
    const xb = x[j + 1] - L[a + j + 1] * xa;
    const xc = x[j + 2] - L[a + j + 2] * xa - L[b + j + 2] * xb;
    const xd = x[j + 3] - L[a + j + 3] * xa - L[b + j + 3] * xb - L[c + j + 3] * xc;
    x[j + 1] = xb;
    x[j + 2] = xc;
    x[j + 3] = xd;
    for (let i = j + 4; i < rows; i++) {
      x[i] -= L[a + i] * xa + L[b + i] * xb + (L[c + i] * xc + L[d + i] * xd);
    }
  }
  for (; j < width; j++) {
    const a = offset + j * rows;
    const xa = x[j];
    for (let i = j + 1; i < rows; i++) x[i] -= L[a + i] * xa;
  }
}

/** x[0 … width) ← L⁻ᵀ of (D⁻¹x[0 … width) − (rows below)ᵀ x[width …)). */
export function panelBackward(
  L: Float64Array,
  offset: number,
  rows: number,
  width: number,
  x: Float64Array,
): void {
  for (let j = 0; j < width; j++) x[j] /= L[offset + j * rows + j];
  let j = width;
  for (; j % 4 !== 0; ) {
    j--;
    const a = offset + j * rows;
    let sum = x[j];
    for (let i = j + 1; i < rows; i++) sum -= L[a + i] * x[i];
    x[j] = sum;
  }
  while (j > 0) {
    j -= 4;
    const a = offset + j * rows;
    const b = a + rows;
    const c = b + rows;
    const d = c + rows;
    let sa = 0;
    let sb = 0;
    let sc = 0;
    let sd = 0;
    for (let i = j + 4; i < rows; i++) {
      const xi = x[i];
      sa += L[a + i] * xi;
      sb += L[b + i] * xi;
      sc += L[c + i] * xi;
      sd += L[d + i] * xi;
    }
    const xd = x[j + 3] - sd;
    const xc = x[j + 2] - sc - L[c + j + 3] * xd;
    const xb = x[j + 1] - sb - L[b + j + 2] * xc - L[b + j + 3] * xd;
    x[j + 3] = xd;
    x[j + 2] = xc;
    x[j + 1] = xb;
    x[j] -= sa + L[a + j + 1] * xb + L[a + j + 2] * xc + L[a + j + 3] * xd;
  }
}
