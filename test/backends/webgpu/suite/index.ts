import type { KernelCase } from "./case.ts";
import { coneCases } from "./cone-cases.ts";
import { exactCases } from "./exact-cases.ts";
import { gemmCases } from "./gemm-cases.ts";
import { projectionCases } from "./projection-cases.ts";
import { refineCases } from "./refine-cases.ts";
import { solveCases } from "./solve-cases.ts";
import { splittingCases } from "./splitting-cases.ts";
import { subspaceCases } from "./subspace-cases.ts";
import { tiledCases } from "./tiled-cases.ts";
import { vectorCases } from "./vector-cases.ts";

/** Every kernel against its f64 reference. */
export const kernelCases: readonly KernelCase[] = [
  ...vectorCases,
  ...solveCases,
  ...splittingCases,
  ...coneCases,
  ...gemmCases,
  ...projectionCases,
  ...tiledCases,
  ...subspaceCases,
  ...refineCases,
  ...exactCases,
];
