import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { humanOutput } from './console-output.ts';

let written = '';
beforeEach(() => {
  written = '';
  vi.useFakeTimers();
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Steps of two seconds each, from the 100th of 200 on. */
function goOn(output = humanOutput()): void {
  const progress = output.progress('Training');
  for (let step = 101; step <= 110; step++) {
    progress.update(step, 200);
    vi.advanceTimersByTime(2000);
  }
  progress.end();
}

test('the time to go is that of the steps of this process, whatever was done before', () => {
  goOn();
  expect(written).toBe('Training 106/200, about 188 s to go\n');
});

test('a clock that is set back or forth changes nothing', () => {
  const update = vi.spyOn(Date, 'now');
  update.mockReturnValueOnce(1e15).mockReturnValue(0);
  goOn();
  expect(written).toBe('Training 106/200, about 188 s to go\n');
});

test('quiet leaves progress out, and says the rest', () => {
  const output = humanOutput({ quiet: true });
  goOn(output);
  output.say('Done');
  expect(written).toBe('Done\n');
});
