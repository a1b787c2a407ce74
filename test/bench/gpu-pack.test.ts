import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const scripts = fileURLToPath(new URL("../../scripts/pack-headless/", import.meta.url));

/** Stands for Node: says what it was called with. Exit code 7 shows that codes come through. */
const FAKE_NODE = `#!/bin/sh
echo "program=$(basename "$1")"; shift
echo "arguments=$*"
echo "driver=\${VK_DRIVER_FILES:-none}"
exit 7
`;

/** The launcher with a payload that answers at once. */
describe.runIf(process.platform === "linux" && process.arch === "x64")("launcher of the headless folder", () => {
  let folder: string;
  let unpacked: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "spectrahedron-headless-"));
    unpacked = join(folder, "elsewhere");
    const payload = join(folder, "payload");
    mkdirSync(payload);
    writeFileSync(join(payload, "node"), FAKE_NODE);
    chmodSync(join(payload, "node"), 0o755);
    execFileSync("tar", ["-czf", join(folder, "payload.tar.gz"), "-C", payload, "."]);
    writeFileSync(join(folder, "id"), "abc\n");
    for (const file of ["run.sh", "torch-compare.py"]) cpSync(join(scripts, file), join(folder, file));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function launch(args: readonly string[], environment: Record<string, string> = {}) {
    const env = { PATH: process.env["PATH"], ...environment };
    return spawnSync("sh", [join(folder, "run.sh"), ...args], { encoding: "utf8", env, cwd: tmpdir() });
  }

  it("prints its uses", () => {
    const run = launch([]);
    expect(run.status).toBe(0);
    expect(run.stdout).toMatch(/run\.sh devices/);
    expect(existsSync(join(folder, "unpacked-abc"))).toBe(false);
  });

  it("unpacks once, passes arguments on and returns the exit code", () => {
    for (let time = 0; time < 2; time++) {
      const run = launch(["solve", "a file.dat-s", "--eps", "1e-6"]);
      expect(run.stdout, run.stderr).toContain("program=spectrahedron.mjs\narguments=solve a file.dat-s --eps 1e-6\n");
      expect(run.status).toBe(7);
    }
    expect(readdirSync(folder).filter((name) => name.startsWith("unpacked"))).toEqual(["unpacked-abc"]);
    expect(launch(["bench", "gpu", "--quick"]).stdout).toContain("program=bench.mjs\narguments=gpu --quick\n");
  });

  it("keeps the driver that was named", () => {
    expect(launch(["devices"], { VK_DRIVER_FILES: "/a/driver.json" }).stdout).toContain("driver=/a/driver.json\n");
  });

  it("unpacks where it is told to", () => {
    expect(launch(["devices"], { SPECTRAHEDRON_UNPACK_DIR: unpacked }).status).toBe(7);
    expect(readdirSync(unpacked)).toEqual(["unpacked-abc"]);
  });

  it("a broken archive leaves nothing behind", () => {
    writeFileSync(join(folder, "id"), "broken\n");
    writeFileSync(join(folder, "payload.tar.gz"), "no archive");
    expect(launch(["devices"]).status).not.toBe(7);
    expect(readdirSync(folder).filter((name) => name.includes("broken"))).toEqual([]);
  });
});
