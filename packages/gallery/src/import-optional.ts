import { GalleryError } from './gallery-error.ts';

/** Loads a package that not everybody installs, or says that it is missing. */
export async function importOptional<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new GalleryError(
      `openGallery: the package ${name} is not installed. Install it: npm install ${name}`,
      {
        cause,
      },
    );
  }
}
