export declare function compile(): Promise<string>;
