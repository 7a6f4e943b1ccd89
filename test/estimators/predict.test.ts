import { describe, expect, it } from 'vitest';
import { MLPClassifier, MLPRegressor } from '../../src/index.js';
import { engines } from '../engines.js';
import { expectError, expectRejection } from '../errors.js';
import { draw, houses, irisRows, small } from './rows.js';

describe.each(engines)('predictions off the event loop, engine %s', (backend) => {
  const fast = { ...small, epochs: 5, backend };

  it('are those on it', async () => {
    const rows = houses(3000);
    const training = rows.slice(0, 200);
    const regressor = await new MLPRegressor({ ...fast, members: 2 }).fit(training, 'price');
    expect(await regressor.predictAsync(rows)).toEqual(regressor.predict(rows));
    const classifier = await new MLPClassifier(fast).fit(training, 'heating');
    expect(await classifier.predictAsync(rows)).toEqual(classifier.predict(rows));
    expect(await classifier.predictProbabilityAsync(rows)).toEqual(classifier.predictProbability(rows));
    expect(await classifier.predictAsync([])).toEqual([]);
  });

  it('are finished by the networks they began with', async () => {
    const rows = houses(20_000);
    const regressor = await new MLPRegressor(fast).fit(rows.slice(0, 100), 'price');
    const before = regressor.predict(rows);
    const running = regressor.predictAsync(rows);
    await regressor.fit(rows.slice(100, 150), 'price');
    expect(await running).toEqual(before);
    const last = regressor.predictAsync(rows);
    regressor.dispose();
    expect((await last).length).toBe(rows.length);
    await expectRejection(regressor.predictAsync(rows), 'ERR_UNFITTED', 'predictAsync was called before fit');
  });
});

describe('odd rows', () => {
  const rows = houses(100);
  const fitted = () => new MLPRegressor({ ...small, epochs: 2 }).fit(rows, 'price');

  it('are told to onWarning', async () => {
    const regressor = await fitted();
    const odd = rows.slice(0, 4).map(({ area, rooms, heating, noise }, i) => ({
      ...(i === 2 ? {} : { noise }),
      area: i === 1 ? Infinity : area,
      rooms,
      heating: i === 3 ? 'wood' : heating,
    })) as Partial<(typeof rows)[0]>[];
    const expected = [
      "row 2 (from 0) of rows lacks 'noise', which every training row had; it is taken as missing",
      "column 'area' holds Infinity in row 1 (from 0), which is taken as missing",
      "column 'heating' holds 'wood' in row 3 (from 0), which was not in the training rows",
    ];
    const told: string[] = [];
    const options = { onWarning: (message: string) => told.push(message) };
    regressor.predict(odd, options);
    expect(told.splice(0)).toEqual(expected);
    await regressor.predictAsync(odd, options);
    expect(told.splice(0)).toEqual(expected);
    regressor.predictInterval(odd, { ...options, coverage: 0.5 });
    expect(told.splice(0)).toEqual(expected);
    regressor.evaluate(odd, [1, 2, 3, 4], options);
    expect(told.splice(0)).toEqual(expected);
    regressor.predict(rows, options);
    expect(told).toEqual([]);
  });

  it('with a misspelt name are refused', async () => {
    const regressor = await fitted();
    const misspelt = rows.slice(0, 9).map((row, i) => {
      const { heating, ...others } = row;
      return i < 7 ? row : { ...others, heatng: heating };
    }) as typeof rows;
    const message = "row 7 (from 0) of rows has 'heatng' and lacks 'heating': is it misspelt?";
    expectError(() => regressor.predict(misspelt), 'ERR_DATA', message);
    await expectRejection(regressor.predictAsync(misspelt), 'ERR_DATA', message);
  });

  it('with a misspelt name of what is often missing are told', async () => {
    const regressor = await fitted();
    const misspelt = rows.slice(0, 9).map((row, i) => {
      const { rooms, ...others } = row;
      return i < 7 ? row : { ...others, room: rooms };
    }) as typeof rows;
    const told: string[] = [];
    regressor.predict(misspelt, { onWarning: (message) => told.push(message) });
    expect(told).toEqual([
      "row 7 (from 0) of rows has 'room' and lacks 'rooms': is it misspelt?; 1 more such row",
    ]);
  });

  it('may have fields of a series that training did not have', async () => {
    const series = Array.from({ length: 60 }, (_, i) => ({ x1: draw(i), x2: draw(60 + i) }));
    const classifier = await new MLPClassifier({ ...small, epochs: 2 }).fit(
      series,
      series.map(({ x1 }) => x1 > 0.5),
    );
    const others = [series[0], { x1: 0.5, x3: 0.1 }] as typeof series;
    expect(classifier.predict(others).length).toBe(2);
  });

  it('options that are none are refused', async () => {
    const classifier = await new MLPClassifier({ ...small, epochs: 1 }).fit(irisRows(), 'species');
    const wrong = { onWarnin: () => {} } as object;
    expectError(() => classifier.predict([], wrong), 'ERR_OPTION', "did you mean 'onWarning'?");
    await expectRejection(
      classifier.predictAsync([], { onWarning: 3 as never }),
      'ERR_OPTION',
      'expected a function',
    );
  });
});
