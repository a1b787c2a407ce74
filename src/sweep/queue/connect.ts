import type { Redis } from "ioredis";
import type { RedisAddress } from "./address.ts";
import { QueueError } from "./errors.ts";
import type { QueuePackages } from "./packages.ts";

/** Oldest server that BullMQ recommends. */
const LEAST_VERSION = [6, 2] as const;

const CONNECT_TIMEOUT = 5000;
/** Longest pause between attempts to connect again, milliseconds. */
const LONGEST_PAUSE = 2000;

export interface Connected {
  readonly redis: Redis;
  /** What is to be said about the server, a line each. */
  readonly warnings: readonly string[];
}

/**
 * Connects. The first attempt must succeed; a connection that is lost later is made again, for ever, and what is asked
 * meanwhile waits.
 *
 * @throws QueueError without the password in it
 */
export async function connect(address: RedisAddress, { ioredis }: QueuePackages, name: string): Promise<Connected> {
  const { host, port, database, username, password, tls, shown } = address;
  let connected = false;
  let lastError: Error | undefined;
  const redis = new ioredis.Redis({
    ...{ host, port, db: database, family: 0, connectionName: name, connectTimeout: CONNECT_TIMEOUT },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: { servername: host } }),
    lazyConnect: true,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (connected ? Math.min(100 * times, LONGEST_PAUSE) : null),
  });
  redis.on("error", (error) => (lastError = error));
  try {
    await redis.connect();
    const info = await redis.info();
    connected = true;
    return { redis, warnings: inspect(info, shown) };
  } catch (error) {
    redis.disconnect();
    if (error instanceof QueueError) throw error;
    throw new QueueError(explain(lastError ?? (error as Error), shown), { field: "redis" });
  }
}

function inspect(info: string, shown: string): string[] {
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*)$`, "m").exec(info)?.[1]?.trim();
  const version = field("redis_version") ?? "0";
  const [major, minor = 0] = version.split(".").map(Number);
  if (major < LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor < LEAST_VERSION[1])) {
    throw new QueueError(`the server at ${shown} is Redis ${version}; ${LEAST_VERSION.join(".")} or newer is needed (or Valkey)`, {
      field: "redis",
    });
  }
  const warnings: string[] = [];
  const policy = field("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    warnings.push(`the server drops keys when its memory is full (maxmemory-policy ${policy}): set it to noeviction`);
  }
  if (field("aof_enabled") === "0") {
    warnings.push("the server keeps no append-only file: after a restart of it, run the sweep again with --resume");
  }
  return warnings;
}

function explain(error: Error, shown: string): string {
  const { code } = error as NodeJS.ErrnoException;
  const { message } = error;
  if (/WRONGPASS|NOAUTH|invalid password|invalid username-password|NOPERM/i.test(message)) {
    return `the server at ${shown} refuses the login: check user and password (in the address or the environment)`;
  }
  if (code === "ECONNREFUSED") return `nothing answers at ${shown}: is the server running, and the port right?`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `the host of ${shown} is not known`;
  if (code === "ETIMEDOUT" || /timed?\s?out/i.test(message)) return `the server at ${shown} does not answer`;
  if (/certificate|self.signed|wrong version number|SSL|TLS/i.test(`${code ?? ""} ${message}`)) {
    return `no TLS connection to ${shown}: ${message} (a certificate of your own: NODE_EXTRA_CA_CERTS)`;
  }
  return `no connection to ${shown}: ${message}`;
}
