// Implicit QL on a tridiagonal matrix. See typescript/tridiagonal-ql.ts for the method and its tolerance.

import { rotate } from "./vector";

const MAX_SWEEPS: i32 = 60;

/**
 * d (n) and e (room for n) in place; with `width` > 0 every rotation also turns two adjacent rows of Q.
 * `work` holds 2n doubles. Returns false when it did not converge.
 */
export function implicitQl(n: i32, d: usize, e: usize, Q: usize, width: i32, work: usize): bool {
  const cosines = work;
  const sines = work + ((<usize>n) << 3);
  const step = (<usize>width) << 3;
  let norm = 0.0;
  for (let i = 0; i < n; i++) {
    const o = (<usize>i) << 3;
    norm = max(norm, abs(f64.load(d + o)));
    if (i < n - 1) norm = max(norm, abs(f64.load(e + o)));
  }
  if (!(norm < Infinity)) return false;
  const negligible = norm * f64.EPSILON * 0.5;
  for (let l = 0; l < n; l++) {
    const dl = d + ((<usize>l) << 3);
    const el = e + ((<usize>l) << 3);
    for (let sweep = 0; ; sweep++) {
      let m = l;
      while (m < n - 1 && abs(f64.load(e + ((<usize>m) << 3))) > negligible) m++;
      if (m == l) break;
      if (sweep == MAX_SWEEPS) return false;
      const dm = f64.load(d + ((<usize>m) << 3));
      let g = (f64.load(dl, 8) - f64.load(dl)) / (2 * f64.load(el));
      let r = Math.sqrt(g * g + 1);
      g = dm - f64.load(dl) + f64.load(el) / (g + (g >= 0 ? r : -r));
      let sine = 1.0;
      let cosine = 1.0;
      let p = 0.0;
      let i = m - 1;
      for (; i >= l; i--) {
        const o = (<usize>i) << 3;
        const ei = f64.load(e + o);
        const f = sine * ei;
        const b = cosine * ei;
        r = Math.sqrt(f * f + g * g);
        if (i + 1 < m) f64.store(e + o, r, 8);
        if (r == 0) {
          f64.store(d + o, f64.load(d + o, 8) - p, 8);
          break;
        }
        sine = f / r;
        cosine = g / r;
        g = f64.load(d + o, 8) - p;
        r = (f64.load(d + o) - g) * sine + 2 * cosine * b;
        p = sine * r;
        f64.store(d + o, g + p, 8);
        g = cosine * r - b;
        f64.store(cosines + o, cosine);
        f64.store(sines + o, sine);
      }
      if (width > 0) {
        for (let q = m - 1; q > i; q--) {
          const o = (<usize>q) << 3;
          const row = Q + <usize>q * step;
          rotate(width, f64.load(cosines + o), f64.load(sines + o), row, row + step);
        }
      }
      const em = e + ((<usize>m) << 3);
      if (i >= l) {
        f64.store(em, 0);
        continue;
      }
      f64.store(dl, f64.load(dl) - p);
      f64.store(el, g);
      if (m < n - 1) f64.store(em, 0);
    }
  }
  return true;
}
