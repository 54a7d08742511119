import { FtError } from '@ft/errors';

/** No package of this name is installed, or it offers no such miner. */
export class PluginNotFoundError extends FtError {
  static override readonly code: string = 'FT_PLUGIN_NOT_FOUND';
}

/** The plugin is installed, but the project has not allowed its code to run. */
export class PluginNotEnabledError extends FtError {
  static override readonly code: string = 'FT_PLUGIN_NOT_ENABLED';
}

/** The plugin's manifest is missing or wrong. */
export class PluginManifestError extends FtError {
  static override readonly code: string = 'FT_PLUGIN_MANIFEST_INVALID';
}

/** The plugin was written for another version of the miner contract. */
export class PluginVersionError extends FtError {
  static override readonly code: string = 'FT_PLUGIN_API_MISMATCH';
}

/** The plugin's module threw while it was imported, or its factory threw, or one of them never came to an end. */
export class PluginLoadError extends FtError {
  static override readonly code: string = 'FT_PLUGIN_LOAD_FAILED';
}

/** The plugin's module does not export what its manifest says, or that does not make the miner it says. */
export class PluginExportError extends FtError {
  static override readonly code: string = 'FT_PLUGIN_NO_EXPORT';
}

/** Two enabled plugins offer a miner of the same name. */
export class PluginNameError extends FtError {
  static override readonly code: string = 'FT_PLUGIN_DUPLICATE_NAME';
}

/** The plugin changed a prototype that all code shares. The change was undone. */
export class PluginPollutionError extends FtError {
  static override readonly code: string = 'FT_PLUGIN_POLLUTION';
}

/** The miner did not return within its time limit. */
export class MinerTimeoutError extends FtError {
  static override readonly code: string = 'FT_MINER_TIMEOUT';
}
