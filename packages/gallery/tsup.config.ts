import { defineLibrary } from '@ft/tsup';

export default defineLibrary();
