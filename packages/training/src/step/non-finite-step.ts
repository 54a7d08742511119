/** A number that decides a step is NaN or infinite; the message says which one. */
export class NonFiniteStep extends Error {}
