/** x and y in pixels, from the left and top edge of the image. */
export type Point = readonly [x: number, y: number];
