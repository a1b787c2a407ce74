// Householder tridiagonalisation, one pass over the trailing matrix per step. See typescript/tridiagonal.ts.

import { axpy, axpy2, dot, scal } from "./vector";

/** Reflector I − tau·vvᵀ, v₀ = 1, for x of this length; v overwrites x, the new leading entry goes to `e`. */
function makeReflector(x: usize, length: i32, e: usize): f64 {
  const alpha = f64.load(x);
  const tail = dot(length - 1, x + 8, x + 8);
  f64.store(x, 1);
  if (tail == 0) {
    f64.store(e, alpha);
    return 0;
  }
  const norm = Math.sqrt(alpha * alpha + tail);
  const beta = alpha > 0 ? -norm : norm;
  scal(length - 1, 1 / (alpha - beta), x + 8);
  f64.store(e, beta);
  return (beta - alpha) / beta;
}

/** One column: rank-two update with (v, w), product with u; returns its dot product with u. */
function passColumn(
  n: i32,
  a: usize,
  v: usize,
  w: usize,
  u: usize,
  p: usize,
  vj: f64,
  wj: f64,
  uj: f64,
): f64 {
  let sum = 0.0;
  for (let i = 0; i < n; i++) {
    const value = f64.load(a) - f64.load(v) * wj - f64.load(w) * vj;
    f64.store(a, value);
    sum += value * f64.load(u);
    f64.store(p, f64.load(p) + value * uj);
    a += 8;
    v += 8;
    w += 8;
    u += 8;
    p += 8;
  }
  return sum;
}

/**
 * Columns j and j + 1 of the trailing matrix below their 2×2 diagonal block: a ← a − v·w_j − w·v_j,
 * p += a·u_j, and the sums aᵀu, which are left in p_j and p_{j+1}.
 */
function passPair(
  rows: i32,
  a0: usize,
  a1: usize,
  v: usize,
  w: usize,
  u: usize,
  p: usize,
  pj: usize,
  v0: f64,
  v1: f64,
  w0: f64,
  w1: f64,
  u0: f64,
  u1: f64,
): void {
  const sv0 = f64x2.splat(v0);
  const sv1 = f64x2.splat(v1);
  const sw0 = f64x2.splat(w0);
  const sw1 = f64x2.splat(w1);
  const su0 = f64x2.splat(u0);
  const su1 = f64x2.splat(u1);
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  const bytes = (<usize>(rows & ~1)) << 3;
  for (let o: usize = 0; o < bytes; o += 16) {
    const vi = v128.load(v + o);
    const wi = v128.load(w + o);
    const ui = v128.load(u + o);
    const x0 = f64x2.sub(f64x2.sub(v128.load(a0 + o), f64x2.mul(vi, sw0)), f64x2.mul(wi, sv0));
    const x1 = f64x2.sub(f64x2.sub(v128.load(a1 + o), f64x2.mul(vi, sw1)), f64x2.mul(wi, sv1));
    v128.store(a0 + o, x0);
    v128.store(a1 + o, x1);
    s0 = f64x2.add(s0, f64x2.mul(x0, ui));
    s1 = f64x2.add(s1, f64x2.mul(x1, ui));
    v128.store(p + o, f64x2.add(v128.load(p + o), f64x2.add(f64x2.mul(x0, su0), f64x2.mul(x1, su1))));
  }
  let sum0 = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
  let sum1 = f64x2.extract_lane(s1, 0) + f64x2.extract_lane(s1, 1);
  if (rows & 1) {
    sum0 += passColumn(1, a0 + bytes, v + bytes, w + bytes, u + bytes, p + bytes, v0, w0, u0);
    sum1 += passColumn(1, a1 + bytes, v + bytes, w + bytes, u + bytes, p + bytes, v1, w1, u1);
  }
  f64.store(pj, f64.load(pj) + sum0);
  f64.store(pj, f64.load(pj, 8) + sum1, 8);
}

/** The diagonal entry of a column: updated, its share of the product added to p_j. */
function passDiagonal(a: usize, p: usize, vj: f64, wj: f64, uj: f64): void {
  const value = f64.load(a) - 2 * vj * wj;
  f64.store(a, value);
  f64.store(p, f64.load(p) + value * uj);
}

/**
 * Begins step k: column k of A takes the last step's rank-two update with (v, w) and becomes the reflector below the
 * diagonal; d_k, e_k and tau_k are written.
 */
export function tridiagonalHead(n: i32, A: usize, k: i32, d: usize, e: usize, tau: usize, v: usize, w: usize): void {
  const at = (<usize>k) << 3;
  const column = A + <usize>k * ((<usize>n) << 3);
  axpy2(n - k, -f64.load(w + at), v + at, -f64.load(v + at), w + at, column + at);
  f64.store(d + at, f64.load(column + at));
  if (k == n - 1) return;
  f64.store(tau + at, makeReflector(column + at + 8, n - k - 1, e + at));
}

/**
 * The work of a step on columns first … last − 1 of the trailing matrix: their update with (v, w), and their share of its
 * product with u, added to p. last − first must be even unless last = n.
 */
export function tridiagonalPass(
  n: i32,
  A: usize,
  first: i32,
  last: i32,
  v: usize,
  w: usize,
  u: usize,
  p: usize,
): void {
  const size = (<usize>n) << 3;
  let j = first;
  for (; j + 1 < last; j += 2) {
    const o = (<usize>j) << 3;
    const a0 = A + <usize>j * size + o;
    const a1 = a0 + size + 8;
    const v0 = f64.load(v + o);
    const v1 = f64.load(v + o, 8);
    const w0 = f64.load(w + o);
    const w1 = f64.load(w + o, 8);
    const u0 = f64.load(u + o);
    const u1 = f64.load(u + o, 8);
    passDiagonal(a0, p + o, v0, w0, u0);
    passDiagonal(a1, p + o + 8, v1, w1, u1);
    const corner = f64.load(a0, 8) - v1 * w0 - w1 * v0;
    f64.store(a0, corner, 8);
    f64.store(p + o, f64.load(p + o) + corner * u1);
    f64.store(p + o, f64.load(p + o, 8) + corner * u0, 8);
    const b = o + 16;
    passPair(n - j - 2, a0 + 16, a1 + 8, v + b, w + b, u + b, p + b, p + o, v0, v1, w0, w1, u0, u1);
  }
  if (j < last) {
    const o = (<usize>j) << 3;
    passDiagonal(A + <usize>j * size + o, p + o, f64.load(v + o), f64.load(w + o), f64.load(u + o));
  }
}

/** Ends step k: w from the product p of the trailing matrix with the reflector u. */
export function tridiagonalTail(n: i32, k: i32, factor: f64, u: usize, p: usize, w: usize): void {
  const next = (<usize>(k + 1)) << 3;
  const rest = n - k - 1;
  const half = 0.5 * factor * factor * dot(rest, p + next, u + next);
  memory.fill(w + next, 0, (<usize>rest) << 3);
  axpy(rest, factor, p + next, w + next);
  axpy(rest, -half, u + next, w + next);
}

/** x ← 0, of length n. */
export function clear(n: i32, x: usize): void {
  memory.fill(x, 0, (<usize>n) << 3);
}

/** target ← target + source, of length n. */
export function addTo(n: i32, source: usize, target: usize): void {
  axpy(n, 1, source, target);
}

/**
 * Reduces the lower triangle of A (n×n): diagonal to d, subdiagonal to e, reflector k below the diagonal of
 * column k, its factor in tau. `work` holds 3n doubles.
 */
export function tridiagonalise(n: i32, A: usize, d: usize, e: usize, tau: usize, work: usize): void {
  const size = (<usize>n) << 3;
  const w = work;
  const p = work + size;
  let v = work + 2 * size;
  memory.fill(w, 0, size);
  memory.fill(v, 0, size);
  for (let k = 0; k < n; k++) {
    tridiagonalHead(n, A, k, d, e, tau, v, w);
    if (k == n - 1) break;
    const at = (<usize>k) << 3;
    const u = A + <usize>k * size;
    memory.fill(p + at + 8, 0, size - at - 8);
    tridiagonalPass(n, A, k + 1, n, v, w, u, p);
    tridiagonalTail(n, k, f64.load(tau + at), u, p, w);
    v = u;
  }
}
