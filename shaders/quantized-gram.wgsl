// The Gram matrix of quadratic forms from the inner products k of the samples.

struct Sizes {
  count: u32,
  pitch: u32,   // floats from row to row
  a: f32,       // K = a k² + b k + c
  b: f32,
  c: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read_write> K: array<f32>;

@compute @workgroup_size(64)
fn square(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
          @builtin(local_invocation_index) thread: u32) {
  let at = (group.y * groups.x + group.x) * 64u + thread;
  let row = at / sizes.pitch;
  let column = at % sizes.pitch;
  if (row >= sizes.count || column >= sizes.count) { return; }
  let k = K[at];
  K[at] = (sizes.a * k + sizes.b) * k + sizes.c;
}
