/** Stands for the database of a shop: orders, and whether they came back. What customers do changes by the season. */

const CATEGORIES = ['shoes', 'dresses', 'books', 'lamps'];

/** How often orders of a category come back, by season: what a model has learnt becomes wrong. */
const SEASONS = [
  { shoes: 2, dresses: 1, books: -3, lamps: -1 },
  { shoes: -2, dresses: 2, books: -3, lamps: 1 },
  { shoes: 1, dresses: -2, books: -3, lamps: 2 },
];

/**
 * The latest orders of a season.
 *
 * @param {number} season from 0
 * @param {number} count
 */
export function latestOrders(season, count) {
  const returns = SEASONS[season % SEASONS.length];
  return Array.from({ length: count }, () => {
    const category = CATEGORIES[Math.floor(Math.random() * CATEGORIES.length)];
    const price = Math.round(1000 * Math.exp(3 * Math.random())) / 100;
    const isFirst = Math.random() < 0.3;
    const tendency = returns[category] + price / 60 - (isFirst ? 1 : 0);
    return {
      category,
      price,
      firstOrder: isFirst,
      // Some customers do not say.
      age: Math.random() < 0.2 ? null : 18 + Math.floor(60 * Math.random()),
      outcome: Math.random() < 1 / (1 + Math.exp(-2 * tendency)) ? 'returned' : 'kept',
    };
  });
}
