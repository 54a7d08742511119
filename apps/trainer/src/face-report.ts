import { selectImages } from '@ft/datasets';
import type { Bootstrapped, Interval } from '@ft/eval';
import type { ReportSection } from '@ft/report';
import type { FaceEvaluation } from './evaluate-faces.ts';
import type { LabelledFaces } from './labelled-faces.ts';
import { mistakeSections } from './mistake-sections.ts';

const PEOPLE_IN_PLANE = 6;

/** What a network does on labelled faces, as sections of a report, with the pairs that it got most wrong. */
export async function faceReport(
  { name, images: all, peopleAlsoInTraining }: LabelledFaces,
  result: FaceEvaluation,
): Promise<ReportSection[]> {
  const { verification, intervals, identification, retrieval, calibration, point, pairs } = result;
  const images = selectImages(all, result.rows);
  const nameOf = (label: number) => images.identities[label]!;
  const { strangers } = result;
  const strangersNote =
    `${show(strangers.threshold)}, in galleries of ${strangers.people}` +
    (strangers.resolved ? '' : '; too few strangers to show 1 %, so none of them passes');
  return [
    {
      kind: 'summary',
      heading: 'Result',
      entries: {
        Data: name,
        'People for the threshold, people measured on': `${result.people.calibration} and ${result.people.test}`,
        'People that the network was trained on': peopleAlsoInTraining,
        'Pairs, same and different': `${verification.pairs.same} and ${verification.pairs.different}`,
        'Area under ROC': bootstrapped(intervals.auc),
        'Equal error rate': bootstrapped(intervals.eer),
        'True accept rate at a false accept rate of 1 %': bootstrapped(intervals.tarAt1Percent),
        'Threshold for pairs, at equal errors of the other people': point.threshold,
        'Right calls at the threshold for pairs': `${percent(verification.accuracy!)} of the pairs`,
        'Threshold for naming, 1 % of strangers among the other people': strangersNote,
        'Nearest person is the right one': `${percent(identification.cmc[0]!)} of ${identification.probes.known} probes, ${identification.people} enrolled`,
      },
    },
    {
      kind: 'roc',
      heading: 'ROC, with 95 % intervals',
      scale: 'log',
      curves: [{ name: 'verification', ...verification.roc, band: result.band }],
    },
    {
      kind: 'det',
      heading: 'DET, with 95 % intervals',
      curves: [{ name: 'verification', ...verification.roc, band: result.band }],
    },
    {
      kind: 'histogram',
      heading: 'Distances',
      same: pairs.distances.filter((_, pair) => pairs.same[pair] === 1),
      different: pairs.distances.filter((_, pair) => pairs.same[pair] === 0),
      threshold: point.threshold,
      label: 'squared Euclidean distance',
    },
    {
      kind: 'cmc',
      heading: 'Identification',
      curves: [{ name: 'one image enrolled', cmc: identification.cmc }],
    },
    {
      kind: 'calibration',
      heading: 'Reliability of the probabilities',
      curves: [{ name: `expected error ${calibration.ece.toFixed(3)}`, bins: calibration.bins }],
    },
    {
      kind: 'table',
      heading: 'Identification with strangers',
      columns: ['false alarms allowed', 'threshold', 'found and named', 'missed', 'enough strangers to tell'],
      rows: identification.open.map(({ fpir, threshold, dir, fnir, resolved }) => [
        percent(fpir),
        threshold,
        percent(dir),
        percent(fnir),
        resolved,
      ]),
    },
    {
      kind: 'table',
      heading: 'The same probes decided three ways',
      columns: [
        'decided by',
        'decided rightly',
        '95 % interval',
        'wrong person named',
        '95 % interval',
        'known people named rightly',
        'strangers named',
      ],
      rows: result.decision.map(({ mode, right, rightInterval, wrong, wrongInterval, known, unknown }) => [
        mode,
        percent(right),
        interval(rightInterval),
        percent(wrong),
        interval(wrongInterval),
        `${known.identified} of ${known.count}`,
        `${unknown.misidentified} of ${unknown.count}`,
      ]),
    },
    {
      kind: 'table',
      heading: 'Retrieval',
      columns: ['measure', 'mean over queries'],
      rows: [
        ['precision at 1', retrieval.precisionAt1],
        ['R-precision', retrieval.rPrecision],
        ['MAP@R', retrieval.mapAtR],
        ['mean average precision', retrieval.map],
        ['mean reciprocal rank', retrieval.mrr],
      ],
    },
    {
      kind: 'table',
      heading: 'Who was taken for whom',
      columns: ['person', 'taken for', 'probes'],
      rows: identification.confusions
        .slice(0, 20)
        .map(({ label, takenFor, count }) => [nameOf(label), nameOf(takenFor), count]),
    },
    plane(result, images.labels, nameOf),
    ...(await mistakeSections(images, pairs, point.threshold)),
  ];
}

/** The people of most images in the plane in which all embeddings vary most. */
function plane(
  { projection }: FaceEvaluation,
  labels: Int32Array,
  nameOf: (label: number) => string,
): ReportSection {
  const rows = new Map<number, number[]>();
  for (const [row, label] of labels.entries()) rows.set(label, [...(rows.get(label) ?? []), row]);
  const most = [...rows].sort(([, a], [, b]) => b.length - a.length).slice(0, PEOPLE_IN_PLANE);
  return {
    kind: 'points',
    heading: 'Embeddings of the people with most images, in the plane',
    groups: most.map(([label, own]) => ({
      name: nameOf(label),
      points: own.map((row) => projection.points[row]!),
    })),
  };
}

const show = (value: number) => String(Number(value.toPrecision(4)));
const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
const interval = ({ low, high }: Interval) => `${percent(low)} to ${percent(high)}`;
const bootstrapped = ({ estimate, interval: { low, high } }: Bootstrapped) =>
  `${estimate.toFixed(4)} (95 % interval ${low.toFixed(4)} to ${high.toFixed(4)})`;
