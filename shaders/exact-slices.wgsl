// Products of matrices with some 48 significant bits from products of integers that f32 holds exactly (Ozaki, Ogita,
// Oishi, Rump, 2012). A number a, given as hi + lo, is cut into digits to base 128: a·scale = Σ q_t 128⁻ᵗ with
// |q_t| ≤ 64 (one more in front); sums of 7·512 products of digits stay below 2²⁴, so neither their order nor
// fusing them changes a bit. Nothing here relies on the rounding of f32: compilers may reassociate as they like.

struct Sizes {
  rows: u32,      // of the operand; of the product
  columns: u32,
  slices: u32,
  reversed: u32,  // 1: the last slice first
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> source: array<vec2f>;      // (hi, lo)
@group(0) @binding(2) var<storage, read_write> scales: array<f32>;  // a power of two for each column
@group(0) @binding(3) var<storage, read_write> slices: array<f32>;
@group(0) @binding(4) var<storage, read> sums: array<f32>;          // products of slices, by i + j
@group(0) @binding(5) var<storage, read> left: array<f32>;          // scales of the operands' columns
@group(0) @binding(6) var<storage, read> right: array<f32>;
@group(0) @binding(7) var<storage, read_write> product: array<vec2f>;

const THREADS = 64u;
const MOST = 8u;

// 2ᵉ for −126 ≤ e ≤ 126.
fn power(e: i32) -> f32 { return bitcast<f32>(u32(clamp(e, -126, 126) + 127) << 23u); }

// 1/p for a power of two; a division may be off by a few units in the last place.
fn inverse(p: f32) -> f32 { return bitcast<f32>(0x7f000000u - bitcast<u32>(p)); }

// scale = 2^(5 − e) for a column whose largest magnitude is below 2^(e + 1): |a|·scale < 64.
@compute @workgroup_size(64)
fn columnScales(@builtin(global_invocation_id) id: vec3u) {
  let j = id.x;
  if (j >= sizes.columns) { return; }
  var largest = 0.0;
  for (var i = 0u; i < sizes.rows; i += 1u) { largest = max(largest, abs(source[i * sizes.columns + j].x)); }
  let e = i32((bitcast<u32>(largest) >> 23u) & 255u) - 127;
  scales[j] = select(1.0, power(5 - e), largest > 0.0);
}

@compute @workgroup_size(64)
fn slice(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
         @builtin(local_invocation_index) thread: u32) {
  let at = (group.y * groups.x + group.x) * THREADS + thread;
  let count = sizes.rows * sizes.columns;
  if (at >= count) { return; }
  let scale = scales[at % sizes.columns];
  var high = source[at].x * scale;
  var low = source[at].y * scale;
  var digits: array<i32, 8>;
  for (var t = 0u; t < sizes.slices; t += 1u) {
    // Exact: what is left after rounding has fewer bits.
    let h = round(high);
    let l = round(low);
    high = (high - h) * 128.0;
    low = (low - l) * 128.0;
    digits[t] = i32(h) + i32(l);
  }
  for (var t = sizes.slices - 1u; t > 0u; t -= 1u) {
    let carry = select(0, 1, digits[t] > 64) - select(0, 1, digits[t] < -64);
    digits[t] -= 128 * carry;
    digits[t - 1u] += carry;
  }
  for (var t = 0u; t < sizes.slices; t += 1u) {
    let place = select(t, sizes.slices - 1u - t, sizes.reversed == 1u);
    slices[place * count + at] = f32(digits[t]);
  }
}

// Σ_l sums_l 128⁻ˡ over both scales, as (hi, lo).
@compute @workgroup_size(64)
fn combine(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) thread: u32) {
  let at = (group.y * groups.x + group.x) * THREADS + thread;
  let count = sizes.rows * sizes.columns;
  if (at >= count) { return; }
  var digits: array<i32, 8>;
  for (var t = 0u; t < sizes.slices; t += 1u) { digits[t] = i32(sums[t * count + at]); }
  for (var t = sizes.slices - 1u; t > 0u; t -= 1u) {
    let carry = (digits[t] + 64) >> 7u;
    digits[t] -= 128 * carry;
    digits[t - 1u] += carry;
  }
  // Up to 2²⁸ in units of 1/128, and four digits behind.
  let whole = 128 * digits[0] + digits[1];
  let part = ((digits[2] * 128 + digits[3]) * 128 + digits[4]) * 128 + digits[5];
  let head = select(whole, whole & ~31, abs(whole) >= (1 << 24u));
  let pair = vec2f(f32(head), f32(whole - head) + f32(part) * power(-28)) * power(-7);
  product[at] = pair * inverse(left[at / sizes.columns]) * inverse(right[at % sizes.columns]);
}
