/**
 * Every colour that a chart may use, for light and for dark screens. Charts are drawn in the light ones; the
 * style sheet swaps them on a dark screen. The series colours are those of Okabe and Ito, "Color universal
 * design" (2008), which stay apart for the colour-blind; charts vary the dashes too.
 */
export const palette = {
  ink: { light: '#1b1f24', dark: '#e6edf3' },
  muted: { light: '#57606a', dark: '#9da7b1' },
  grid: { light: '#dfe3e8', dark: '#30363d' },
  blue: { light: '#0072b2', dark: '#58b4ee' },
  vermilion: { light: '#d55e00', dark: '#ff8a3d' },
  green: { light: '#009e73', dark: '#35d0a2' },
  purple: { light: '#b0578b', dark: '#e29cc4' },
  orange: { light: '#b97d00', dark: '#f3b73d' },
  grey: { light: '#6e7781', dark: '#8b949e' },
} as const;

/** The colours of a chart's series, in order. */
export const seriesColors = [
  palette.blue.light,
  palette.vermilion.light,
  palette.green.light,
  palette.purple.light,
  palette.orange.light,
  palette.grey.light,
];
