// Reductions in two passes of fixed order: the same data give the same bits.

struct Sizes {
  count: u32,
  operation: u32,  // 0 Σ x y   1 Σ (x − y)²   2 max |x|   3 max |x − y|   4 Σ x
  offsetX: u32,
  offsetY: u32,
  partials: u32,   // workgroups of the first pass
  slot: u32,       // where the result goes
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> partial: array<f32>;
@group(0) @binding(4) var<storage, read_write> results: array<f32>;

const THREADS = 128u;
var<workgroup> shared_: array<f32, THREADS>;

fn merge(a: f32, b: f32) -> f32 {
  if (sizes.operation == 2u || sizes.operation == 3u) { return max(a, b); }
  return a + b;
}

fn term(i: u32) -> f32 {
  let a = x[sizes.offsetX + i];
  switch (sizes.operation) {
    case 0u: { return a * y[sizes.offsetY + i]; }
    case 1u: { let d = a - y[sizes.offsetY + i]; return d * d; }
    case 2u: { return abs(a); }
    case 3u: { return abs(a - y[sizes.offsetY + i]); }
    default: { return a; }
  }
}

fn tree(thread: u32, value: f32) -> f32 {
  shared_[thread] = value;
  for (var width = THREADS / 2u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (thread < width) { shared_[thread] = merge(shared_[thread], shared_[thread + width]); }
  }
  return shared_[thread];
}

@compute @workgroup_size(128)
fn first(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  var value = 0.0;
  for (var i = group.x * THREADS + thread; i < sizes.count; i += sizes.partials * THREADS) {
    value = merge(value, term(i));
  }
  let sum = tree(thread, value);
  if (thread == 0u) { partial[group.x] = sum; }
}

@compute @workgroup_size(128)
fn second(@builtin(local_invocation_index) thread: u32) {
  var value = 0.0;
  for (var i = thread; i < sizes.partials; i += THREADS) { value = merge(value, partial[i]); }
  let sum = tree(thread, value);
  if (thread == 0u) { results[sizes.slot] = sum; }
}
