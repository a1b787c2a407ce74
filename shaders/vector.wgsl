// Element-wise operations on vectors. Coefficients that change between iterations are read from a buffer.

struct Sizes {
  count: u32,
  coefficient: u32,  // index of the vec4 of coefficients
  offsetX: u32,      // first element of each operand
  offsetY: u32,
  offsetOut: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> coefficients: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> target_: array<f32>;
@group(0) @binding(5) var<storage, read> index: array<u32>;

fn number(group: vec3u, groups: vec3u, thread: u32) -> u32 {
  return (group.y * groups.x + group.x) * 64u + thread;
}

// target <- c.x x + c.y y + c.z target + c.w
@compute @workgroup_size(64)
fn combine(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) thread: u32) {
  let i = number(group, groups, thread);
  if (i >= sizes.count) { return; }
  let c = coefficients[sizes.coefficient];
  let at = sizes.offsetOut + i;
  var value = c.x * x[sizes.offsetX + i] + c.w;
  if (c.y != 0.0) { value += c.y * y[sizes.offsetY + i]; }
  if (c.z != 0.0) { value += c.z * target_[at]; }
  target_[at] = value;
}

// target <- c.x x∘y + c.y target
@compute @workgroup_size(64)
fn multiply(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
            @builtin(local_invocation_index) thread: u32) {
  let i = number(group, groups, thread);
  if (i >= sizes.count) { return; }
  let c = coefficients[sizes.coefficient];
  let at = sizes.offsetOut + i;
  var value = c.x * x[sizes.offsetX + i] * y[sizes.offsetY + i];
  if (c.y != 0.0) { value += c.y * target_[at]; }
  target_[at] = value;
}

// target[i] <- c.x y[i] x[index[i]] + c.y target[i]: rows with one nonzero (selection, moment matrices)
@compute @workgroup_size(64)
fn gather(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
          @builtin(local_invocation_index) thread: u32) {
  let i = number(group, groups, thread);
  if (i >= sizes.count) { return; }
  let c = coefficients[sizes.coefficient];
  let at = sizes.offsetOut + i;
  var value = c.x * y[sizes.offsetY + i] * x[sizes.offsetX + index[i]];
  if (c.y != 0.0) { value += c.y * target_[at]; }
  target_[at] = value;
}
