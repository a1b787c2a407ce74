import { SettingsError } from "../../errors.ts";

/** Where a Redis or Valkey is, with what it takes to log in. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls: boolean;
  /** For people: never with a password. */
  readonly shown: string;
}

/** Names of the environment's variables. */
export const URL_VARIABLE = "SPECTRAHEDRON_REDIS_URL";
export const PASSWORD_VARIABLE = "SPECTRAHEDRON_REDIS_PASSWORD";

/**
 * The address that `--redis` gives, or the environment: `redis://[user[:password]@]host[:port][/database]`, `rediss://`
 * with TLS. A password in the environment keeps it out of the list of processes.
 *
 * @throws SettingsError; its message never holds the address itself, which may have a password in it
 */
export function redisAddress(given: string | true, env: NodeJS.ProcessEnv): RedisAddress {
  const text = given === true ? env[URL_VARIABLE] : given;
  if (text === undefined || text === "") {
    throw new SettingsError(`--redis needs an address, or ${URL_VARIABLE} in the environment: redis://host:6379`, { field: "redis" });
  }
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw refused("it is not an address");
  }
  if (url.protocol !== "redis:" && url.protocol !== "rediss:") throw refused("it must begin with redis:// or rediss://");
  if (url.hostname === "") throw refused("the host is missing");
  const path = decodeURIComponent(url.pathname.slice(1));
  if (!/^\d{0,5}$/.test(path)) throw refused("behind the host there can be the number of a database only");
  const tls = url.protocol === "rediss:";
  const username = decodeURIComponent(url.username);
  const password = url.password === "" ? (env[PASSWORD_VARIABLE] ?? "") : decodeURIComponent(url.password);
  const port = url.port === "" ? 6379 : Number(url.port);
  const database = Number(path);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port,
    database,
    ...(username !== "" && { username }),
    ...(password !== "" && { password }),
    tls,
    shown: `${url.protocol}//${url.hostname}:${port}${database === 0 ? "" : `/${database}`}`,
  };
}

function refused(why: string): SettingsError {
  return new SettingsError(`--redis: ${why}; the form is redis://[user[:password]@]host[:port][/database]`, { field: "redis" });
}
