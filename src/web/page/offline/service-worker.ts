/**
 * Keeps every file of the page, so that it opens and solves without a network once it has been loaded. It also sends the
 * headers of cross-origin isolation with them: on hosts that do not, threads are there from the second visit on.
 */

/** The build puts the list of files here, and a name that changes with them. */
declare const PRECACHE: { readonly version: string; readonly files: readonly string[] };

interface WorkerEvent extends Event {
  waitUntil(promise: Promise<unknown>): void;
}

interface RequestEvent extends WorkerEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

interface WorkerScope {
  readonly clients: { claim(): Promise<void> };
  readonly registration: { readonly scope: string };
  addEventListener(type: "install" | "activate", listener: (event: WorkerEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: RequestEvent) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
const PREFIX = "spectrahedron-";
const CACHE = `${PREFIX}${PRECACHE.version}`;
const START = "index.html";

scope.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(CACHE).then((cache) => cache.addAll(PRECACHE.files.map((file) => new Request(file, { cache: "reload" })))),
  );
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => scope.clients.claim()),
  );
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(scope.registration.scope)) return;
  event.respondWith(answer(request));
});

async function answer(request: Request): Promise<Response> {
  const wanted = request.mode === "navigate" ? START : request;
  const cache = await caches.open(CACHE);
  return isolated((await cache.match(wanted, { ignoreSearch: true })) ?? (await fetch(request)));
}

/** The response with the headers that a cross-origin isolated page needs. */
function isolated(response: Response): Response {
  if (response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
