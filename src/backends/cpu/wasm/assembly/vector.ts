// Vector operations on f64 at byte addresses; no alignment is assumed.

/** y += a·x. */
export function axpy(n: i32, a: f64, x: usize, y: usize): void {
  const s = f64x2.splat(a);
  const pairs = n & ~1;
  const end = x + ((<usize>pairs) << 3);
  while (x < end) {
    v128.store(y, f64x2.add(v128.load(y), f64x2.mul(s, v128.load(x))));
    x += 16;
    y += 16;
  }
  if (n & 1) f64.store(y, f64.load(y) + a * f64.load(x));
}

/** y += a·x + b·z. */
export function axpy2(n: i32, a: f64, x: usize, b: f64, z: usize, y: usize): void {
  const s = f64x2.splat(a);
  const r = f64x2.splat(b);
  const pairs = n & ~1;
  const end = x + ((<usize>pairs) << 3);
  while (x < end) {
    const sum = f64x2.add(f64x2.mul(s, v128.load(x)), f64x2.mul(r, v128.load(z)));
    v128.store(y, f64x2.add(v128.load(y), sum));
    x += 16;
    z += 16;
    y += 16;
  }
  if (n & 1) f64.store(y, f64.load(y) + a * f64.load(x) + b * f64.load(z));
}

/** xᵀy. */
export function dot(n: i32, x: usize, y: usize): f64 {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    s0 = f64x2.add(s0, f64x2.mul(v128.load(x), v128.load(y)));
    s1 = f64x2.add(s1, f64x2.mul(v128.load(x, 16), v128.load(y, 16)));
    x += 32;
    y += 32;
  }
  s0 = f64x2.add(s0, s1);
  let sum = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
  for (; i < n; i++) {
    sum += f64.load(x) * f64.load(y);
    x += 8;
    y += 8;
  }
  return sum;
}

/** x *= a. */
export function scal(n: i32, a: f64, x: usize): void {
  const s = f64x2.splat(a);
  const pairs = n & ~1;
  const end = x + ((<usize>pairs) << 3);
  while (x < end) {
    v128.store(x, f64x2.mul(s, v128.load(x)));
    x += 16;
  }
  if (n & 1) f64.store(x, a * f64.load(x));
}

/** (x, y) ← (c·x − s·y, s·x + c·y). */
export function rotate(n: i32, cosine: f64, sine: f64, x: usize, y: usize): void {
  const c = f64x2.splat(cosine);
  const s = f64x2.splat(sine);
  const pairs = n & ~1;
  const end = x + ((<usize>pairs) << 3);
  while (x < end) {
    const a = v128.load(x);
    const b = v128.load(y);
    v128.store(x, f64x2.sub(f64x2.mul(c, a), f64x2.mul(s, b)));
    v128.store(y, f64x2.add(f64x2.mul(s, a), f64x2.mul(c, b)));
    x += 16;
    y += 16;
  }
  if (n & 1) {
    const a = f64.load(x);
    const b = f64.load(y);
    f64.store(x, cosine * a - sine * b);
    f64.store(y, sine * a + cosine * b);
  }
}
