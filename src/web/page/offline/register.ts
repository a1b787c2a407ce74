/** Registers the service worker that the build writes, so that the page works without a network from now on. */
export function registerOffline(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // Without one (a private window, a plain file) the page works as long as there is a network.
  navigator.serviceWorker.register("./service-worker.js", { type: "module" }).catch(() => undefined);
}
