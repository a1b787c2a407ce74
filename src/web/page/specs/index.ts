import type { TaskName } from "../../../tasks/task.ts";
import { activationSpec } from "./activation.ts";
import { boundSpec } from "./bound.ts";
import { minimizeSpec } from "./minimize.ts";
import { quantizeSpec } from "./quantize.ts";
import { solveSpec } from "./solve.ts";
import { sosxSpec } from "./sosx.ts";
import type { TaskSpec } from "./task-spec.ts";

/** How the page presents each task, in the order of the task list. */
export const taskSpecs: readonly TaskSpec[] = [solveSpec, quantizeSpec, minimizeSpec, boundSpec, sosxSpec, activationSpec];

export function specOf(name: TaskName): TaskSpec {
  const found = taskSpecs.find((spec) => spec.name === name);
  if (found === undefined) throw new Error(`The page has no description of the task "${name}".`);
  return found;
}
