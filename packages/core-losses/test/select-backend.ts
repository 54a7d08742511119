// The union package brings the gradients of all operations, which tfjs-core alone does not have.
import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';

// At first use the reference backend says that faster ones exist. Tests know.
tf.env().set('IS_TEST', true);
await tf.setBackend('cpu');
tf.scalar(0).dispose();
tf.env().set('IS_TEST', false);
