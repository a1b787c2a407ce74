/** A file that the build copies beside the page; the import is its address. */
declare module "*?url" {
  const address: string;
  export default address;
}

declare module "*.css";

interface ImportMeta {
  readonly env: { readonly PROD: boolean };
}
