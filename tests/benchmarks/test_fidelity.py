"""PSNR and SSIM agree with scikit-image's, an implementation of their own."""

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from benchmarks.fidelity import psnr_db, ssim, still_reference
from samples.make import still
from samples.stills import encode_still, selfie

SSIM_TOLERANCE = 2e-3
"""scikit-image truncates its Gaussian at another radius and treats the border otherwise."""


@pytest.fixture(scope="module")
def pair():
    clean = selfie(96, 128, noise=0.0)
    noisy = selfie(96, 128, noise=6.0)
    return clean, noisy


def test_psnr_is_scikit_images(pair):
    assert psnr_db(*pair) == pytest.approx(peak_signal_noise_ratio(*pair), abs=1e-3)
    assert psnr_db(pair[0], pair[0]) == float("inf")


def test_ssim_is_scikit_images(pair):
    planes = [picture[:, :, 1] for picture in pair]
    theirs = structural_similarity(
        *planes, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
    )
    assert ssim(*planes) == pytest.approx(theirs, abs=SSIM_TOLERANCE)
    assert ssim(planes[0], planes[0]) == pytest.approx(1.0)


def test_the_reference_of_a_still_is_upright_and_cut_without_resampling_where_it_can_be():
    upright = selfie(600, 800)
    turned = encode_still(upright, form="png", orientation=6)
    cut = still_reference(turned, [50, 60, 480, 640])
    np.testing.assert_array_equal(cut, upright[60:700, 50:530])
    assert still_reference(still(600, 800), None).shape == (640, 480, 3)
