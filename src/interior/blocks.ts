import type { DenseKernels } from "../linear/dense-kernels.ts";
import type { ConeBlock } from "./cones/cone-block.ts";
import { NonnegativeBlock } from "./cones/nonnegative.ts";
import { NonsymmetricBlock } from "./cones/nonsymmetric.ts";
import { PsdBlock, PsdScratch } from "./cones/psd.ts";
import { SecondOrderBlock } from "./cones/second-order.ts";
import { exponentialDual, powerDual } from "./cones/three-dim-barrier.ts";
import { ZeroBlock } from "./cones/zero.ts";
import type { StandardCone } from "./preprocess.ts";

/** The cones of a standard problem as blocks of the interior-point method. */
export function makeBlocks(cones: readonly StandardCone[], kernels: DenseKernels): ConeBlock[] {
  const largest = cones.reduce((max, cone) => (cone.kind === "psd" ? Math.max(max, cone.order) : max), 0);
  const scratch = new PsdScratch(largest);
  let offset = 0;
  return cones.map((cone) => {
    const block = makeBlock(cone, offset, kernels, scratch);
    offset += block.dim;
    return block;
  });
}

function makeBlock(
  cone: StandardCone,
  offset: number,
  kernels: DenseKernels,
  scratch: PsdScratch,
): ConeBlock {
  switch (cone.kind) {
    case "zero":
      return new ZeroBlock(offset, cone.dim);
    case "nonnegative":
      return new NonnegativeBlock(offset, cone.dim);
    case "secondOrder":
      return new SecondOrderBlock(offset, cone.dim);
    case "psd":
      return new PsdBlock(offset, cone.order, kernels, scratch);
    case "exponential":
      return new NonsymmetricBlock(offset, exponentialDual);
    case "power":
      return new NonsymmetricBlock(offset, powerDual(cone.alpha));
  }
}

/** Whether every row of the block is a cone of its own, so that rows may be scaled one by one. */
export function isSeparable(block: ConeBlock): boolean {
  return block instanceof ZeroBlock || block instanceof NonnegativeBlock;
}
