/** Of the package that is installed; vite.config.ts reads it. */
declare const __WIDGET_VERSION__: string;

interface ImportMetaEnv {
  readonly VITE_WRITE_KEY?: string;
}
