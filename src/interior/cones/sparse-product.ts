/** Share of nonzeros up to which columns are combined one by one: a matrix product does about 16 times the work a second. */
const MOST_SHARE = 1 / 16;

/**
 * out ← L·mat(v) for an n×n column-major L and a symmetric matrix as svec (read at `offset`), if mat(v) is so sparse that
 * this beats a dense product; false otherwise, and out is left as it was. The slack of a semidefinite block has the
 * pattern of its data (Fukuda, Kojima, Murota, Nakata 2001), and so have its steps.
 */
export function timesSparse(n: number, L: Float64Array, v: Float64Array, offset: number, out: Float64Array): boolean {
  const most = MOST_SHARE * n * n;
  let count = 0;
  for (let j = 0, k = offset; j < n; j++, k++) {
    if (v[k] !== 0) count++;
    for (let i = j + 1; i < n; i++) if (v[++k] !== 0) count += 2;
    if (count > most) return false;
  }
  out.fill(0);
  for (let j = 0, k = offset; j < n; j++, k++) {
    addColumn(n, v[k], L, j, out, j);
    for (let i = j + 1; i < n; i++) {
      const value = v[++k] * Math.SQRT1_2;
      addColumn(n, value, L, i, out, j);
      addColumn(n, value, L, j, out, i);
    }
  }
  return true;
}

/** Column `to` of `out` += factor · column `from` of L. */
function addColumn(n: number, factor: number, L: Float64Array, from: number, out: Float64Array, to: number): void {
  if (factor === 0) return;
  for (let i = 0, a = from * n, b = to * n; i < n; i++) out[b + i] += factor * L[a + i];
}
