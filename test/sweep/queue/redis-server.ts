import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const executable = process.env["REDIS_SERVER"] ?? "redis-server";

/** Whether the tests can start a server. Under CI=true there must be one; elsewhere they are skipped loudly. */
export function hasRedisServer(): boolean {
  const found = spawnSync(executable, ["--version"], { encoding: "utf8" });
  if (found.status === 0) {
    console.log(`queue tests run on ${found.stdout.trim().split(" ").slice(0, 3).join(" ")}`);
    return true;
  }
  const message = "No redis-server: install the package of this name, or set REDIS_SERVER.";
  if (process.env["CI"] === "true") throw new Error(message);
  console.warn(`SKIPPED: all queue tests in this file. ${message}`);
  return false;
}

/** A server of the tests' own: loopback, a port of its own, a temporary folder, every write on the disk at once. */
export class RedisServer {
  readonly port: number;
  private readonly folder: string;
  private readonly options: readonly string[];
  private process: ChildProcess | undefined;

  private constructor(port: number, folder: string, options: readonly string[]) {
    this.port = port;
    this.folder = folder;
    this.options = options;
  }

  static async start(...options: readonly string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), await mkdtemp(join(tmpdir(), "spectrahedron-redis-")), options);
    await server.run();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts the process (again). */
  async run(): Promise<void> {
    const args = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.folder, "--save", ""];
    const safety = ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"];
    this.process = spawn(executable, [...args, ...safety, ...this.options], { stdio: "ignore" });
    for (let k = 0; k < 200; k++) {
      if (await answers(this.port)) return;
      await sleep(50);
    }
    throw new Error("redis-server does not answer");
  }

  async kill(): Promise<void> {
    if (this.process === undefined) return;
    const ended = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await ended;
    this.process = undefined;
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Whether a server is ready; one that wants a password says so. */
function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    const end = (ready: boolean): void => {
      socket.destroy();
      done(ready);
    };
    socket.once("data", (data) => end(/^(\+PONG|-NOAUTH)/.test(data.toString())));
    socket.once("error", () => end(false));
    socket.once("close", () => end(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
