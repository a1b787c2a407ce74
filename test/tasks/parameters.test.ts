import { describe, expect, it } from "vitest";
import { SettingsError } from "../../src/errors.ts";
import { parseParameters } from "../../src/tasks/parameters.ts";
import { loadTask, runTask } from "../../src/tasks/registry.ts";

async function refused(task: string, parameters: unknown): Promise<SettingsError> {
  const loaded = await loadTask(task);
  try {
    parseParameters(loaded, parameters);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return error as SettingsError;
  }
  throw new Error("the parameters were accepted");
}

describe("parameters of tasks", () => {
  it.each([
    ["solve", { epss: 1e-3 }, 'solve: unknown parameter "epss"; did you mean "eps"?', "epss"],
    ["solve", { eps: 7 }, "eps is 7; it must be at most 1", "eps"],
    ["solve", { maxIterations: 1.5 }, "maxIterations is 1.5; it must be a whole number", "maxIterations"],
    ["solve", { backend: "gpu" }, 'backend is "gpu"; it must be one of auto, cpu, webgpu', "backend"],
    ["solve", { timeLimit: "60" }, 'timeLimit is "60"; it must be a finite number', "timeLimit"],
    ["solve", [], "what stands for the parameters is []; it must be a mapping", ""],
    ["quantize", {}, "target is missing; it must be a text", "target"],
    ["quantize", { target: "y", beta: 0 }, "beta is 0; it must be more than 0", "beta"],
    ["quantize", { target: "y", neurons: [10, 0] }, "neurons[1] is 0; it must be at least 1", "neurons.1"],
    ["quantize", { target: "y", activation: { a: 1, b: 2, d: 3 } }, "activation", "activation"],
    ["activation", { degrees: [9] }, "degrees[0] is 9; it must be at most 8", "degrees.0"],
    ["bound", { clip: [1, 0] }, "clip: the first number must be the smaller one", "clip"],
    ["sosx", { target: "y", neurons: 2, breakpoints: "even" }, 'breakpoints is "even"; it must be paper, uniform', "breakpoints"],
    ["minimize", { subjectto: ["x >= 0"] }, 'did you mean "subjectTo"?', "subjectto"],
  ])("%s refuses %j", async (task, parameters, message, field) => {
    const error = await refused(task, parameters);
    expect(error.message).toContain(message);
    expect(error.location.field).toBe(field);
  });

  it("takes one entry for a list of one", async () => {
    const { parameters } = await loadTask("quantize");
    expect(parameters.parse({ target: "y", neurons: 40, activation: [0.1, 1, 0] })).toMatchObject({
      neurons: [40],
      activation: { a: 0.1, b: 1, c: 0 },
    });
  });

  it("names the nearest task and the missing input", async () => {
    await expect(loadTask("solv")).rejects.toThrow('unknown task "solv"; did you mean "solve"?');
    await expect(runTask("solve", {}, {})).rejects.toThrow('solve: the input "problem" is missing');
    const input = { name: "x", bytes: new Uint8Array() };
    await expect(runTask("solve", {}, { problm: input })).rejects.toThrow('unknown input "problm"; did you mean "problem"?');
  });
});
