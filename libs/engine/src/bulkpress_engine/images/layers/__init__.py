"""Mixed raster content (ITU-T T.44): a scan of text as a sharp mask, the colour of its ink, and the paper below.

decide (facts) → segmentation (where is ink) → grounds (what colour is it, what is under it) → likeness (is it as good)

The mask has the scan's resolution and is coded without loss. Ink and paper change slowly, so a few pixels per inch of
them suffice. `placing` puts a form in the image's place, so that the content which draws it need not change.
"""
