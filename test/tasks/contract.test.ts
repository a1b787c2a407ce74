import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { activationCommand } from "../../src/cli/commands/activation.ts";
import { boundCommand } from "../../src/cli/commands/bound.ts";
import { minimizeCommand } from "../../src/cli/commands/minimize.ts";
import { quantizeCommand } from "../../src/cli/commands/quantize.ts";
import { solveCommand } from "../../src/cli/commands/solve.ts";
import { sosxCommand } from "../../src/cli/commands/sosx.ts";
import { loadTask, taskNames } from "../../src/tasks/registry.ts";
import { schemaKeys } from "../../src/tasks/schema-fault.ts";
import type { TaskName } from "../../src/tasks/task.ts";

const commands: Readonly<Record<TaskName, () => Command>> = {
  solve: solveCommand,
  quantize: quantizeCommand,
  minimize: minimizeCommand,
  activation: activationCommand,
  bound: boundCommand,
  sosx: sosxCommand,
};

/** Options that are about files and the terminal, not about the work. */
const OUTSIDE = ["json", "quiet", "save", "figure", "log", "resume", "warmStart", "weights", "test"];
/** What a command takes in another form: `minimize EXPRESSION`; `--box eps:RADIUS@TABLE` or a file. */
const OWN: Partial<Record<TaskName, readonly string[]>> = { minimize: ["expression"], bound: ["eps"] };
const ELSEWHERE: Partial<Record<TaskName, readonly string[]>> = { bound: ["box"] };
/** Defaults of the command that belong to the machine: a task's do not. */
const OF_THE_MACHINE = ["threads"];
/** A value for what a task cannot do without. */
const REQUIRED: Partial<Record<TaskName, object>> = {
  quantize: { target: "y" },
  sosx: { target: "y", neurons: 2 },
  activation: { degrees: [2, 2] },
};

describe.each(taskNames)("task %s", (name) => {
  const options = commands[name]().options.filter(
    (option) => !OUTSIDE.includes(option.attributeName()) && !(ELSEWHERE[name] ?? []).includes(option.attributeName()),
  );

  it("has the parameters of the command", async () => {
    const task = await loadTask(name);
    const known = schemaKeys(task.parameters).filter((key) => !(OWN[name] ?? []).includes(key));
    expect(known.sort()).toEqual(options.map((option) => option.attributeName()).sort());
    expect(task.name).toBe(name);
  });

  it("has the defaults of the command", async () => {
    const task = await loadTask(name);
    const complete = task.parameters.parse(REQUIRED[name] ?? {}) as Readonly<Record<string, unknown>>;
    for (const option of options) {
      const key = option.attributeName();
      // Where the command has none, the task's may say what leaving it out means: false, 0.
      const stated = option.defaultValue as unknown;
      if (stated === undefined || OF_THE_MACHINE.includes(key) || (Array.isArray(stated) && stated.length === 0)) continue;
      expect(complete[key], key).toEqual(stated);
    }
  });
});
