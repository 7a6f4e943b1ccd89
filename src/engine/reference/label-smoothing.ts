import type { NetworkSpec } from '../contract.js';
import { losses } from '../kinds.js';

/** The loss sees targets y' = keep * y + share. */
export interface Smoothing {
  keep: number;
  share: number;
}

/**
 * Label smoothing: y' = (1 - s) y + s / classes, where each label has the classes yes and no
 * (Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: "Rethinking the Inception architecture for computer vision",
 * CVPR 2016, section 7).
 */
export function labelSmoothing({ loss, labelSmoothing: s }: NetworkSpec, outputs: number): Smoothing {
  return { keep: 1 - s, share: s / (losses[loss].task === 'labels' ? 2 : outputs) };
}
