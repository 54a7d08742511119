import { join } from 'node:path';
import { cacheDirectory } from '@ft/engine';

/** Where decoded images, landmarks and an unpacked LFW are kept between commands. */
export const imageCache = (): string => join(cacheDirectory(), 'images');
