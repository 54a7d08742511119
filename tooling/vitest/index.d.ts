import type { UserProjectConfigExport } from 'vitest/config';
export declare const defineTests: (test?: Record<string, unknown>) => UserProjectConfigExport;
