export type {
  DurableGallery,
  EnrolledPerson,
  Enrolment,
  GalleryContents,
  GalleryNetwork,
  Neighbour,
} from './gallery.ts';
export { GalleryBusyError, GalleryError } from './gallery-error.ts';
export { openGallery, type OpenGalleryOptions } from './open-gallery.ts';
